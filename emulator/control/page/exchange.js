// One exchange as a person reads it: what came, what was answered, and why.
import { h, fill, num, code, headersOf, pill, pretty, quoted, span, soft, taskLink, escaped } from './dom.js';
import { box, get, showProblem } from './api.js';
import { boxOfRequest } from './store.js';

export const statusKind = line =>
	line.pending ? 'wait' : line.status === 0 || line.wire ? 'bad' : line.status >= 500 ? 'bad' : line.status >= 400 ? 'warn' : 'good';
export const statusWord = line => (line.pending ? 'waits' : line.status === 0 ? 'no reply' : String(line.status));

const unsaid = /^(content-length|connection|accept-(encoding|language)|transfer-encoding|user-agent|origin|referer|host|sec-.*)$/;

// The same request once more, from a shell.
function curlOf(exchange) {
	const host = exchange.request.headers.find(([name]) => name.toLowerCase() === 'host')?.[1];
	const words = ['curl', '-i'];
	if (exchange.method !== 'GET') words.push('-X', exchange.method);
	words.push(quoted(location.origin + exchange.target));
	if (host && host !== location.host) words.push('-H', quoted(`host: ${host}`));
	for (const [name, value] of exchange.request.headers) {
		const low = name.toLowerCase();
		if (!unsaid.test(low) && value !== '*/*') words.push('-H', quoted(`${low}: ${value}`));
	}
	if (exchange.request.body) words.push('-d', quoted(exchange.request.body));
	return words.join(' ');
}

function bodyOf(part) {
	if (part.kind === 'none') return soft('No body.');
	if (part.kind === 'binary') return soft(`${num(part.bytes)} bytes that are no text.`);
	const text = pretty(part.body ?? '');
	return [code(text, part.body ?? ''), part.bytes > new Blob([part.body ?? '']).size ? soft(`Shortened; it had ${num(part.bytes)} bytes.`) : null];
}

// The reasons, as sentences.
function whyOf(exchange) {
	const why = exchange.why;
	const rule = one => [h('q', one.name || 'without a name'), ' at ', h('code', one.place)];
	const lines = [];
	if (exchange.refusal) lines.push(['Refused: ', h('b', exchange.refusal.replaceAll('_', ' ')), '.']);
	if (!why.scenario) lines.push('No scenario was asked: it was answered before that.');
	else if (why.rules.length === 0) lines.push(['By default: no rule of scenario ', h('q', why.scenario), ' matched.']);
	why.rules.forEach((one, i) => lines.push(i === 0
		? ['Scenario ', h('q', why.scenario), ': rule ', ...rule(one), ` decided, its match number ${why.nth}.`]
		: ['Rule ', ...rule(one), ' added to it.']));
	for (const one of why.nearly) lines.push(['Nearly: rule ', ...rule(one), ', but not ', h('code', one.failed), '.']);
	const drawn = Object.entries(why.draw?.drawn ?? {}).map(([what, value]) => `${what} ${value}`);
	if (why.draw?.chance !== undefined) drawn.push(`chance ${why.draw.chance}%`);
	if (drawn.length > 0) lines.push(`By chance: ${drawn.join(', ')}. The same seed draws the same.`);
	if (exchange.wire) lines.push(['On the wire, as scripted: ', h('b', exchange.wire), '.']);
	if (exchange.task && (why.task_before || why.task_after))
		lines.push(['Task ', h('a.mono', { href: taskLink(exchange.task, boxOfRequest(exchange.id)) }, exchange.task),
			`: ${why.task_before || 'made now'}${why.task_after ? `, then ${why.task_after}` : ''}.`]);
	if (why.note) lines.push(['Note: ', why.note]);
	return h('ul.why', lines.map(line => h('li', { dir: 'auto' }, line)));
}

function exchangeView(exchange, level = 'h3') {
	const wait = exchange.answered ? Date.parse(exchange.answered) - Date.parse(exchange.at) : undefined;
	return h('div.exchange',
		h('section.because', { 'aria-label': 'Why' }, h(level, 'Why it was answered so'), whyOf(exchange)),
		h('div.two',
			h('section', { 'aria-label': 'Request' }, h(level, 'Request'), headersOf(exchange.request.headers), bodyOf(exchange.request)),
			h('section', { 'aria-label': 'Reply' }, h(level, 'Reply ', pill(statusWord(exchange), statusKind(exchange)),
				wait === undefined ? null : h('small.soft', ` after ${span(wait)} on its clock, ${exchange.took_ms} ms by the wall`)),
				exchange.status === 0 ? soft(exchange.answered ? 'Nothing was sent.' : 'Not answered yet.') : [headersOf(exchange.reply.headers), bodyOf(exchange.reply)])),
		h('section', { 'aria-label': 'From a shell' }, h(level, 'From a shell'), code(curlOf(exchange), curlOf(exchange), 'Copy curl')));
}

// Fetches and shows it in `place`.
export async function showExchange(place, id, level) {
	try {
		fill(place, exchangeView(await get(`${box(boxOfRequest(id))}/requests/${escaped(id)}`), level));
	} catch (problem) {
		showProblem(place, problem);
	}
}
