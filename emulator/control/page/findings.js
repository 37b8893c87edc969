// What would cost the client with the real provider, the worst first.
import { h, fill, refill, pill, empty, later, plural, soft, taskLink, requestLink } from './dom.js';
import { box, get, can, showProblem } from './api.js';
import { state, onAny, boxesShown } from './store.js';

const ranks = { error: 0, warning: 1, note: 2 };
const kinds = { error: 'bad', warning: 'warn', note: 'wait' };

function card(one) {
	return h('article.card',
		h('header', pill(one.severity, kinds[one.severity]), h('b.mono', one.code), h('span.soft', one.provider), state.scope === '' ? h('span.soft', one.sandbox) : null),
		h('p', { dir: 'auto' }, one.what), one.why ? soft(one.why) : null,
		one.remedy ? h('p', h('b', 'Instead: '), one.remedy) : null,
		soft(one.task ? [h('a', { href: taskLink(one.task, one.sandbox) }, 'Its task'), ' '] : null,
			(one.requests ?? []).slice(0, 8).map(id => [h('a.mono', { href: requestLink(id) }, id), ' ']), one.source ? `Source: ${one.source}` : ''));
}

export function room(main, context) {
	const host = h('div.cards');
	fill(main, h('h1', 'Findings'), host);
	context.title('Findings');
	async function refresh() {
		try {
			if (!can('findings')) return void fill(host, empty('Not looked for', h('p', 'This emulator does not look for findings.')));
			const lists = await Promise.all(boxesShown().map(name => get(`${box(name)}/findings`)));
			const all = lists.flatMap(list => list.findings).sort((a, b) => (ranks[a.severity] ?? 3) - (ranks[b.severity] ?? 3));
			if (all.length === 0) fill(host, empty('Nothing found', h('p', 'Nothing that your client did so far would cost it money, pictures or its access.')));
			else refill(host, soft(plural(all.length, 'finding')), all.slice(0, 300).map(card));
		} catch (problem) {
			showProblem(host, problem);
		}
	}
	refresh();
	return onAny(['findings', 'clock', 'again', 'tasks'], later(500, refresh));
}
