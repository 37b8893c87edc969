// Receivers of our own, and what a careful receiver finds in what came.
import { h, fill, refill, pill, empty, code, headersOf, pretty, fineTime, day, later, tell, plural, soft, button, taskLink, escaped } from './dom.js';
import { get, send, readOnly, showProblem } from './api.js';
import { onAny } from './store.js';

const signatureKinds = { good: 'good', bad: 'bad', none: 'warn' };

function letter(one) {
	const check = one.check;
	const at = Date.parse(one.at);
	return h('article.card', { 'aria-label': `Letter ${one.number}` },
		h('header', h('b', `No. ${one.number}`), h('span.mono.soft', `${day(at)} ${fineTime(at)}`),
			check ? [pill(`signature ${check.signature}`, signatureKinds[check.signature]), h('span', check.provider),
				check.timestamp ? pill(check.timestamp.good ? `${check.timestamp.age_s} s old` : `${check.timestamp.age_s} s off`, check.timestamp.good ? 'good' : 'bad') : null] : pill('no webhook of a provider', 'wait')),
		check ? soft(check.how, check.task && check.sandbox ? [' · ', h('a', { href: taskLink(check.task, check.sandbox) }, 'its task')] : null) : null,
		h('p.mono.url', one.target),
		headersOf(one.headers),
		one.bytes === 0 ? soft('No body.') : code(pretty(one.body), one.body));
}

export function room(main, context) {
	const boxes = h('div.chips', { role: 'group', 'aria-label': 'Inboxes' });
	const host = h('div.cards');
	fill(main, h('h1', 'Inbox'), boxes, host);
	context.title('Inbox');
	let open = context.id;
	let kept = new Map();  // what is unfolded stays so
	const clear = button('Empty it', async () => {
		const { deleted } = await send('DELETE', `inbox/${escaped(open)}`);
		tell(`${plural(deleted, 'letter')} thrown away.`);
		main.focus();
		refresh();
	});

	async function refresh() {
		try {
			const { inboxes } = await get('inbox');
			open ||= inboxes[0]?.name ?? '';
			refill(boxes, inboxes.slice(0, 60).map(one => h('a', { href: `#inbox=${escaped(one.name)}`, 'data-key': one.name, 'aria-current': one.name === open ? 'true' : null }, one.name, h('span.n', ` ${one.letters}`))));
			const { requests } = open ? await get(`inbox/${escaped(open)}?limit=100`) : { requests: [] };
			if (requests.length === 0) {
				const address = `${location.origin}/_emulator/inbox/${open ? escaped(open) : 'mine'}`;
				fill(host, empty(open ? `Nothing came to "${open}" yet` : 'No letter yet',
					h('p', 'An inbox is a receiver for webhooks that takes everything in and checks signatures. It is made by being written to, under any name. Give this as the webhook address of a submission:'),
					code(address),
					soft(h('code', `${address}?status=500`), ' answers so, as a receiver in trouble does.')));
				return;
			}
			kept = new Map(requests.reverse().map(one => [`${one.number} ${one.at}`, one]).map(([key, one]) => [key, kept.get(key) ?? letter(one)]));
			refill(host, h('div.actions', h('span.soft', `${plural(requests.length, 'letter')}, the newest first`), readOnly ? null : clear), [...kept.values()]);
		} catch (problem) {
			showProblem(host, problem);
		}
	}
	refresh();
	return onAny(['letters', 'again'], later(150, refresh));
}
