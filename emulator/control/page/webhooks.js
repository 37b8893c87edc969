// Deliveries: what went out, what is to come, once more by hand.
import { h, fill, refill, pill, empty, code, pairs, headersOf, fineTime, later, tell, pretty, span, plural, soft, mono, button, taskLink, escaped } from './dom.js';
import { box, get, send, readOnly, showProblem } from './api.js';
import { state, onAny, boxNow, boxesShown } from './store.js';

const stateKinds = { pending: 'wait', delivered: 'good', failed: 'bad', refused: 'bad', dropped: 'warn' };
const signatureHeaders = /signature|secret|webhook-(id|timestamp)/i;

function attemptLine(attempt) {
	const good = attempt.status >= 200 && attempt.status < 300;
	return h('li', mono(fineTime(Date.parse(attempt.at))), ' ',
		pill(attempt.under_way ? 'under way' : String(attempt.status ?? 'no answer'), attempt.under_way ? 'wait' : good ? 'good' : 'bad'),
		attempt.error ? ` ${attempt.error}` : '', attempt.ms !== undefined ? h('span.soft', ` ${attempt.ms} ms`) : '',
		attempt.reply ? h('pre.inline', attempt.reply.slice(0, 300)) : null);
}

async function details(place, name, id) {
	try {
		const hook = await get(`${box(name)}/webhooks/${escaped(id)}`);
		const signed = hook.headers.filter(([key]) => signatureHeaders.test(key));
		fill(place,
			h('h3', 'Signature'), signed.length > 0
				? pairs(signed)
				: soft(hook.body === null ? 'It is made when it goes out.' : 'This webhook carries none.'),
			headersOf(hook.headers),
			h('h3', 'Body'), hook.body === null ? soft('Not made yet.') : code(pretty(hook.body), hook.body),
			hook.curl ? [h('h3', 'From a shell'), code(hook.curl, hook.curl, 'Copy curl')] : null);
	} catch (problem) {
		showProblem(place, problem);
	}
}

export function room(main, context) {
	const host = h('div.cards');
	fill(main, h('h1', 'Webhooks'), host);
	context.title('Webhooks');
	const opened = new Map();
	let wanted = context.words.get('webhook');

	function card(hook) {
		const key = `${hook.box} ${hook.id}`;
		const more = h('div');
		const unfold = h('details', { ontoggle: () => {
			if (unfold.open) {
				opened.set(key, true);
				if (!more.firstChild) details(more, hook.box, hook.id);
			} else {
				opened.delete(key);
			}
		} }, h('summary', { 'data-key': `${key} more` }, 'Signature, body, curl'), more);
		unfold.open = opened.has(key);
		const redeliver = readOnly || hook.state === 'pending' ? null : button('Redeliver', async () => {
			await send('POST', `${box(hook.box)}/webhooks/${escaped(hook.id)}/redeliver`);
			tell(`${hook.id} goes out once more.`);
			soon();
		}, { 'data-key': key });
		return h('article.card', { id: hook.id, 'aria-label': `Webhook ${hook.id}` },
			h('header', pill(hook.state, stateKinds[hook.state]), h('b', `${hook.provider} ${hook.event}`), h('span.mono.soft', hook.id),
				hook.copy_of ? h('span.soft', `a copy of ${hook.copy_of}`) : null, redeliver),
			h('p.mono.url', hook.url),
			soft(h('a', { href: taskLink(hook.task, hook.box) }, 'Its task'), state.scope === '' ? ` · ${hook.box}` : '',
				hook.next ? ` · next attempt in ${span(Date.parse(hook.next) - boxNow(hook.box))} on its clock` : '', hook.reason ? ` · ${hook.reason}` : ''),
			hook.attempts.length > 0 ? h('ol.attempts', hook.attempts.slice(-20).map(attemptLine)) : soft('No attempt yet.'),
			unfold);
	}

	async function refresh() {
		try {
			const lists = await Promise.all(boxesShown().map(async name =>
				(await get(`${box(name)}/webhooks?limit=200`)).webhooks.map(hook => ({ ...hook, box: name }))));
			const all = lists.flat().reverse().slice(0, 400);
			if (wanted) all.forEach(hook => hook.id === wanted && (!context.box || hook.box === context.box) && opened.set(`${hook.box} ${hook.id}`, true));
			if (all.length === 0) {
				fill(host, empty('No webhook yet', h('p', 'A submission that names an address to be told of its end makes one. This emulator has receivers of its own to point it to:'),
					code(`${location.origin}/_emulator/inbox/mine`),
					h('p', h('a', { href: '#try' }, 'Try it'), ', and see what arrived in the ', h('a', { href: '#inbox' }, 'inbox'), '.')));
			} else {
				refill(host, soft(`${plural(all.length, 'delivery', 'deliveries')}, the newest first.`), all.map(card));
			}
			if (wanted) document.getElementById(wanted)?.scrollIntoView({ block: 'center' });
			wanted = undefined;
		} catch (problem) {
			showProblem(host, problem);
		}
	}
	const soon = later(200, refresh);
	refresh();
	return onAny(['webhooks', 'clock', 'again'], soon);
}
