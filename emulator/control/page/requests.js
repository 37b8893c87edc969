// What came and what was answered, live; one click away from why.
import { h, fill, searchBox, hiddenLabel, option, pill, empty, fineTime, mono, taskLink, requestLink } from './dom.js';
import { state, on } from './store.js';
import { WindowedList } from './list.js';
import { statusKind, statusWord, showExchange } from './exchange.js';

const kinds = [['', 'Every answer'], ['2', '2xx'], ['3', '3xx'], ['4', '4xx'], ['5', '5xx'], ['0', 'No reply']];
const filters = { provider: '', on: '', status: '', text: '' };

function fits(line) {
	if (filters.provider && line.provider !== filters.provider) return false;
	if (filters.on && line.on !== filters.on) return false;
	if (filters.status && String(line.status)[0] !== filters.status) return false;
	if (filters.text) {
		const text = filters.text.toLowerCase();
		return [line.target, line.task, line.endpoint, line.id, line.refusal, line.wire].some(one => one?.toLowerCase().includes(text));
	}
	return true;
}

function row(line) {
	const link = h('a', { href: requestLink(line.id), class: 'row' });
	const element = h('li.cell', link);
	element.link = link;
	return element;
}

function drawRow(element, line) {
	const many = state.scope === '' && state.boxes.size > 1;
	const stamp = `${line.change ?? 0} ${many}`;
	if (element.stamp === stamp) return;
	element.stamp = stamp;
	fill(element.link,
		h('span.time.mono', fineTime(line.atMs)),
		pill(statusWord(line), statusKind(line)),
		h('span.who', h('b', line.provider || 'nobody'), ` ${line.on}`),
		h('span.target.mono', { dir: 'ltr' }, `${line.method} ${line.target}`),
		h('span.soft.note', [line.refusal.replaceAll('_', ' '), line.wire, many ? line.box : ''].filter(Boolean).join(' · ')));
}

export function room(main, context) {
	const choice = (id, label, key, options) => {
		const select = h('select', { id, onchange: () => {
			filters[key] = select.value;
			sift();
		} }, options.map(([value, word]) => option(value, word)));
		select.value = filters[key];
		return [hiddenLabel(id, label), select];
	};
	const search = searchBox('Path, task, refusal', filters, sift);
	const providers = [...new Set(state.requests.map(line => line.provider))].filter(Boolean).sort();
	const bar = h('div.filters', hiddenLabel('search', 'Search'), search,
		choice('provider', 'Provider', 'provider', [['', 'Every provider'], ...providers.map(name => [name, name])]),
		choice('on', 'Kind', 'on', [['', 'Every kind'], ...['submit', 'poll', 'result', 'stream', 'cancel', 'download', 'upload', 'webhook', 'account'].map(word => [word, word])]),
		choice('status', 'Answer', 'status', kinds));
	const nothing = h('div');
	const host = h('ul.rows', { role: 'list', 'aria-label': 'Requests, the newest first' });
	fill(main, h('h1.away', 'Requests'), bar, nothing, host);
	let shown = [];
	const list = new WindowedList({
		host, scroller: main, what: 'request',
		count: () => shown.length, item: i => shown[i], key: line => line.id, make: row, update: drawRow,
		columns: () => 1, rowHeight: () => (host.clientWidth < 720 ? 64 : 40),
	});
	function gather() {
		const sifted = filters.provider || filters.on || filters.status || filters.text;
		shown = sifted ? state.requests.filter(fits) : state.requests;
		bar.hidden = state.requests.length === 0;
		if (shown.length > 0) fill(nothing);
		else if (state.requests.length > 0) fill(nothing, empty('No request fits', h('p', 'Change what is asked for above.')));
		else if (state.loaded) fill(nothing, empty('No request yet', h('p', 'Every request to a provider appears here as it comes, with the reason for its answer. ', h('a', { href: '#tasks' }, 'How to send one'), '.')));
	}
	function sift() {
		gather();
		list.restart();
	}
	gather();
	list.refresh();
	const stop = on('requests', () => {
		gather();
		list.refresh();
	});
	context.title(state.scope ? `Requests of ${state.scope}` : 'Requests');
	return () => {
		stop();
		list.close();
	};
}

// One request, by its id.
export function thing(main, context) {
	const line = state.requests.find(one => one.id === context.id);
	const place = h('div');
	fill(main, h('p.back', h('a', { href: '#requests' }, '← All requests')),
		h('h1.mono', context.id),
		line ? h('p', pill(statusWord(line), statusKind(line)), ' ', h('b', line.provider), ` ${line.on} `, mono(`${line.method} ${line.target}`),
			line.task ? [' · ', h('a', { href: taskLink(line.task, line.box) }, 'its task')] : null) : null,
		place);
	context.title(context.id);
	showExchange(place, context.id, 'h2');
	return on('requests', () => line?.pending === false && place.querySelector('.pill.wait') && showExchange(place, context.id, 'h2'));
}
