// Elements are made here and nowhere else, from values that are always text.

const SVG = 'http://www.w3.org/2000/svg';

// h('p.soft', { id: 'x', onclick }, 'text', child): the second may be left out; children are nodes,
// texts and lists of them; null and false are left out.
export function h(what, ...children) {
	const [name, ...classes] = what.split('.');
	const element = document.createElement(name);
	if (classes.length > 0) element.className = classes.join(' ');
	const first = children[0];
	if (first && Object.getPrototypeOf(first) === Object.prototype)
		for (const [key, value] of Object.entries(children.shift())) {
			if (value === undefined || value === null || value === false) continue;
			if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
			else if (['value', 'disabled', 'open'].includes(key)) element[key] = value;
			else element.setAttribute(key, value === true ? '' : value);
		}
	put(element, children);
	return element;
}

function put(parent, children) {
	for (const child of children.flat(4)) {
		if (child === null || child === undefined || child === false || child === '') continue;
		parent.append(child instanceof Node ? child : String(child));
	}
}

export function fill(element, ...children) {
	element.replaceChildren();
	put(element, children);
	return element;
}

// The same, and what had the focus has it again: itself, or what was made in its place.
const nameOf = one => one.dataset.key ?? `${one.href} ${one.textContent}`;
export function refill(element, ...children) {
	const focused = document.activeElement;
	const ours = element.contains(focused);
	fill(element, ...children);
	if (!ours) return;
	const same = element.contains(focused) ? focused : [...element.querySelectorAll('a, button, summary')].find(one => nameOf(one) === nameOf(focused));
	same?.focus({ preventScroll: true });
}

const paths = {
	tasks: 'M3 3h6v6H3zM11 3h6v6h-6zM3 11h6v6H3zM11 11h6v6h-6z',
	requests: 'M3 5h11M3 10h14M3 15h8M15 3l2.5 2L15 7',
	webhooks: 'M10 3a4 4 0 0 1 3 6.6l3 4.4M10 3a4 4 0 0 0-3 6.6L4.5 14M4 15h11',
	findings: 'M10 3l7.5 13.5h-15zM10 8v4M10 14.2v.3',
	inbox: 'M3 11l2.5-7h9L17 11v5H3zM3 11h4l1 2h4l1-2h4',
	scenario: 'M5 3h7l4 4v10H5zM8 10h5M8 13h5',
	try: 'M6 4l10 6-10 6z',
};
export function icon(name) {
	const svg = document.createElementNS(SVG, 'svg');
	svg.setAttribute('viewBox', '0 0 20 20');
	svg.setAttribute('aria-hidden', 'true');
	svg.classList.add('icon');
	const path = document.createElementNS(SVG, 'path');
	path.setAttribute('d', paths[name]);
	svg.append(path);
	return svg;
}

// Tells what was done, to eyes and to screen readers.
let telling;
export function tell(text, kind = '') {
	const place = document.getElementById('told');
	fill(place, h('p', { class: kind }, text));
	clearTimeout(telling);
	telling = setTimeout(() => fill(place), kind === 'bad' ? 12_000 : 6_000);
}

export const tellBad = problem => tell(problem.message, 'bad');

export function copyButton(text, label = 'Copy') {
	const made = button(label, async () => {
		const what = typeof text === 'function' ? text() : text;
		try {
			await navigator.clipboard.writeText(what);
		} catch {
			// Without the permission, or on an address that is not this machine's.
			const area = h('textarea', { value: what, class: 'away' });
			document.body.append(area);
			area.select();
			document.execCommand('copy');
			area.remove();
			made.focus();
		}
		made.textContent = 'Copied';
		setTimeout(() => (made.textContent = label), 1500);
	}, { class: 'small' });
	return made;
}

// A text to read and to take along.
export const code = (text, copied = text, label) =>
	h('div.code', h('pre', { tabindex: '0', dir: 'auto' }, text), copyButton(copied, label));

// What goes wrong with its work is told.
export const button = (label, work, props) => h('button', { type: 'button', onclick: () => Promise.resolve(work()).catch(tellBad), ...props }, label);
export const soft = (...children) => h('p.soft', ...children);
export const mono = (...children) => h('span.mono', ...children);

export const option = (value, label = value) => h('option', { value }, label);
export const hiddenLabel = (id, label) => h('label', { for: id, class: 'away' }, label);
export const searchBox = (placeholder, filters, sift) => {
	const search = h('input', { type: 'search', id: 'search', placeholder, value: filters.text, oninput: later(120, () => {
		filters.text = search.value.trim();
		sift();
	}) });
	return search;
};

// Names and values, as of headers.
export const pairs = (list, kind = 'headers') => h('dl', { class: kind }, list.map(([name, value]) => [h('dt', name), h('dd', value)]));
export const headersOf = list => h('details', h('summary', `${list.length} headers`), pairs(list));

// The address of a thing in a sandbox.
const escaped = encodeURIComponent;
export const taskLink = (id, box) => `#task=${escaped(id)}&sandbox=${escaped(box)}`;
export const webhookLink = (id, box) => `#webhook=${escaped(id)}&sandbox=${escaped(box)}`;
export const requestLink = id => `#request=${escaped(id)}`;
export { escaped };

export const num = n => n.toLocaleString('en');

export const pill = (text, kind) => h('span', { class: `pill ${kind ?? ''}` }, text);

export function empty(title, ...rest) {
	return h('div.empty', h('h2', title), ...rest);
}

// "5.04 s", "12 m 3 s", "2 h 5 m", "3 d"
export function span(ms) {
	const sign = ms < 0 ? '−' : '';
	const at = Math.abs(ms);
	if (at < 1) return `${sign}0 s`;
	if (at < 1000) return `${sign}${Math.round(at)} ms`;
	const s = at / 1000;
	if (s < 60) return `${sign}${s < 10 ? Math.round(s * 100) / 100 : Math.round(s * 10) / 10} s`;
	const two = (a, unit, b, less) => `${sign}${a} ${unit}${b ? ` ${b} ${less}` : ''}`;
	const m = Math.floor(s / 60);
	if (m < 60) return two(m, 'm', Math.round(s % 60), 's');
	const hours = Math.floor(m / 60);
	if (hours < 48) return two(hours, 'h', m % 60, 'm');
	return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

// All times are UTC, as the clocks of sandboxes are.
const iso = ms => new Date(ms).toISOString();
export const clockTime = ms => iso(ms).slice(11, 19);
export const fineTime = ms => iso(ms).slice(11, 23);
export const day = ms => iso(ms).slice(0, 10);

export const plural = (n, one, many = `${one}s`) => `${num(n)} ${n === 1 ? one : many}`;

// Text that may be JSON, as a reader likes it.
export function pretty(text) {
	try {
		return JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return text;
	}
}

const quoted = text => `'${String(text).replaceAll("'", `'\\''`)}'`;
export { quoted };

// Once for all that is asked within that time; what keeps coming does not put it off.
export function later(ms, work) {
	let timer, args;
	return (...given) => {
		args = given;
		timer ??= setTimeout(() => {
			timer = undefined;
			work(...args);
		}, ms);
	};
}
