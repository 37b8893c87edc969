// A submission by hand: a form made from the contract, and the same as code.
import { h, fill, refill, option, pill, code, copyButton, later, pretty, quoted, empty, soft, button, taskLink, requestLink, escaped } from './dom.js';
import { box, get, readOnly, showProblem } from './api.js';
import { boxOfRequest } from './store.js';

let providers;
const json = JSON.stringify;
const memory = { provider: '', endpoint: {}, way: {}, key: '', values: {}, then: '' };

const set = (target, path, value) => {
	const parts = path.split('.');
	let at = target;
	parts.forEach((part, i) => {
		const place = /^\d+$/.test(part) ? Number(part) : part;
		if (i === parts.length - 1) at[place] = value;
		else at = at[place] ??= /^\d+$/.test(parts[i + 1]) ? [] : {};
	});
};

// The request that a form stands for.
function requestOf(way, key, endpoint, values, then) {
	const put = text => text.replaceAll('{endpoint}', endpoint).replaceAll('{key}', key);
	const body = {};
	for (const [name, value] of Object.entries(way.set ?? {})) body[name] = put(value);
	if (way.under) set(body, way.under, values);
	else Object.assign(body, values);
	const [name, value] = put(way.key).split(/:\s*(.*)/s);
	const headers = { [name]: value, 'content-type': 'application/json' };
	if (then) headers['x-emulator-then'] = then;
	return { url: location.origin + put(way.post), headers, body };
}

// The same in Python's words.
function python(value, indent = '') {
	const deeper = `${indent}    `;
	if (value === null) return 'None';
	if (value === true) return 'True';
	if (value === false) return 'False';
	if (typeof value === 'string') return json(value);
	if (Array.isArray(value)) return value.length === 0 ? '[]' : `[\n${value.map(one => deeper + python(one, deeper)).join(',\n')},\n${indent}]`;
	if (typeof value === 'object') {
		const entries = Object.entries(value);
		return entries.length === 0 ? '{}' : `{\n${entries.map(([key, one]) => `${deeper}${json(key)}: ${python(one, deeper)}`).join(',\n')},\n${indent}}`;
	}
	return String(value);
}

const languages = {
	curl: ({ url, headers, body }) => [`curl ${quoted(url)}`, ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`), `-d ${quoted(json(body))}`].join(' \\\n  '),
	JavaScript: ({ url, headers, body }) =>
		`const response = await fetch(${json(url)}, {\n  method: "POST",\n  headers: ${json(headers, null, 2).replaceAll('\n', '\n  ')},\n  body: JSON.stringify(${json(body, null, 2).replaceAll('\n', '\n  ')}),\n});\nconsole.log(response.status, await response.json());`,
	Python: ({ url, headers, body }) => {
		const { 'content-type': _, ...rest } = headers;
		return `import json\nimport urllib.request\n\nrequest = urllib.request.Request(\n    ${json(url)},\n    data=json.dumps(${python(body, '    ')}).encode(),\n    headers=${python({ ...rest, 'content-type': 'application/json' }, '    ')},\n)\nwith urllib.request.urlopen(request) as response:\n    print(response.status, json.load(response))`;
	},
};

const asText = value => (typeof value === 'string' ? value : json(value));

const row = (id, label, ...rest) => h('div.field', h('label', { for: id }, label), ...rest);

// The control of one field, and what it holds: undefined where it is left alone.
function control(field, kept, onChange) {
	const id = `field-${field.name}`;
	const rest = (field.default ?? '') === '' ? '' : `left out: ${asText(field.default)}`;
	const about = [field.required ? 'required' : '', field.min !== undefined || field.max !== undefined ? `${field.min ?? '…'} to ${field.max ?? '…'}` : '',
		field.multiple_of ? `a multiple of ${field.multiple_of}` : '', rest].filter(Boolean).join('; ');
	let element, read;
	if (field.type === 'boolean' || field.type === 'enum') {
		const options = field.type === 'boolean' ? [true, false] : field.options ?? [];
		element = h('select', { id, onchange: onChange }, option('', rest || '—'), options.map(one => option(json(one), asText(one))));
		read = () => (element.value === '' ? undefined : JSON.parse(element.value));
	} else if (field.type === 'integer' || field.type === 'number') {
		element = h('input', { id, type: 'number', min: field.min, max: field.max, step: field.multiple_of ?? (field.type === 'integer' ? 1 : 'any'), placeholder: rest, oninput: onChange });
		read = () => (element.value === '' ? undefined : Number(element.value));
	} else if (field.type === 'string' && /prompt/.test(field.name)) {
		element = h('textarea', { id, rows: field.name === 'prompt' ? 3 : 2, placeholder: rest, dir: 'auto', oninput: onChange });
		read = () => (element.value === '' ? undefined : element.value);
	} else if (field.type === 'string' || field.type === 'url') {
		element = h('input', { id, type: 'text', placeholder: rest || (field.type === 'url' ? 'https://…' : ''), oninput: onChange });
		read = () => (element.value === '' ? undefined : element.value);
	} else {
		const inner = field.fields ? `{ ${field.fields.slice(0, 4).map(one => one.name).join(', ')}${field.fields.length > 4 ? ', …' : ''} }` : field.type === 'array' ? '[ … ]' : 'JSON';
		element = h('textarea', { id, rows: 2, class: 'mono', placeholder: rest || inner, spellcheck: 'false', oninput: onChange });
		read = () => {
			if (element.value.trim() === '') return undefined;
			try {
				const value = JSON.parse(element.value);
				element.setCustomValidity('');
				return value;
			} catch {
				if (field.type === 'any') return element.value;
				element.setCustomValidity('This is not JSON.');
				return undefined;
			}
		};
	}
	if (kept !== undefined) element.value = field.type === 'boolean' || field.type === 'enum' ? json(kept) : asText(kept);
	return { name: field.name, read, element, node: row(id, field.name, element, about ? soft(about) : null) };
}

export function room(main, context) {
	context.title('Try it');
	if (readOnly) {
		fill(main, h('h1', 'Try it'), empty('Read-only', h('p', 'This page was started to show and not to act.')));
		return;
	}
	const form = h('form.try', { novalidate: true });
	const answer = h('div', { id: 'answer' });
	fill(main, h('h1', 'Try it'), soft('A request as your client would send it. It is journalled, and makes a task like any other.'), form);
	const busy = h('p', 'Reading the contracts…');
	form.append(busy);
	start(form, answer, context).catch(problem => showProblem(form, problem));
}

async function start(form, answer, context) {
	providers ??= (await get('providers')).providers.filter(one => one.try_it);
	memory.provider ||= providers[0].name;
	memory.key ||= context.boxInHand() || 'try-it';
	const provider = h('select', { id: 'try-provider', onchange: () => {
		memory.provider = provider.value;
		drawEndpoints();
	} }, providers.map(one => option(one.name)));
	provider.value = memory.provider;
	const endpoint = h('select', { id: 'try-endpoint', onchange: () => pickEndpoint(endpoint.value) });
	const way = h('select', { id: 'try-way', onchange: () => {
		memory.way[memory.provider] = way.value;
		drawCode();
	} });
	const key = h('input', { id: 'try-key', type: 'text', value: memory.key, autocomplete: 'off', required: true, oninput: () => {
		memory.key = key.value.trim();
		drawCode();
	} });
	const then = h('input', { id: 'try-then', type: 'text', value: memory.then, list: 'thens', placeholder: 'as the scenario decides', autocomplete: 'off', oninput: () => {
		memory.then = then.value.trim();
		drawCode();
	} });
	const thens = h('datalist', { id: 'thens' }, ['end: failed', 'end: nsfw', 'end: input_moderated', 'run: 20s', 'run: 3s, queue: 2s', 'polls: 3', 'refuse: rate_limited', 'links: expired', 'image: truncated'].map(value => h('option', { value })));
	const fields = h('div.fields');
	const program = h('pre', { tabindex: '0', id: 'code' });
	const tabs = h('div.chips', { role: 'group', 'aria-label': 'Language' });
	const submit = h('button.main', 'Send');
	const wayRow = row('try-way', 'By', way);
	let controls = [];
	let current;
	let language = 'curl';
	let sent = 0;

	const of = () => providers.find(one => one.name === memory.provider);
	const ways = () => of().try_it.ways.filter(one => !current?.route || one.name === current.route).map(one => ({ key: of().try_it.key, ...one }));

	fill(form,
		h('div.left',
			row('try-provider', 'Provider', provider),
			row('try-endpoint', 'Endpoint', endpoint), wayRow, fields,
			row('try-key', 'API key', key, soft('It names the sandbox; any will do.')),
			row('try-then', 'Outcome of this one', then, thens, soft('What a rule of a scenario says behind ', h('code', 'then'), '.')),
			submit),
		h('div.right', h('h2', 'The same as code'), tabs, h('div.code', program, copyButton(() => program.textContent)), h('h2', 'Answer'), answer));
	fill(answer, soft('Nothing was sent yet.'));

	form.addEventListener('submit', async event => {
		event.preventDefault();
		const bad = controls.find(one => one.read() === undefined && one.element.validationMessage);
		if (bad) {
			bad.element.closest('details')?.setAttribute('open', '');
			bad.element.reportValidity();
			return;
		}
		const own = ++sent;
		try {
			await sendIt(() => own === sent);
		} catch (problem) {
			if (own === sent) fill(answer, h('p.problem', { role: 'alert' }, `No answer came: ${problem.message}. The scenario may want it so; the journal knows.`), h('p', h('a', { href: '#requests' }, 'Requests')));
		}
	});

	async function sendIt(wanted) {
		const request = asked();
		fill(answer, h('p.soft', { role: 'status' }, 'Sent; waiting for the answer…'));
		const response = await fetch(request.url, { method: 'POST', headers: request.headers, body: json(request.body) });
		const text = await response.text();
		const id = response.headers.get('x-emulator-request');
		const line = id ? await get(`${box(boxOfRequest(id))}/requests/${escaped(id)}`).catch(() => undefined) : undefined;
		if (!wanted()) return;
		fill(answer, h('p', { role: 'status' }, pill(String(response.status), response.ok ? 'good' : 'bad'), ' ',
			line?.task ? h('a.button', { href: taskLink(line.task, boxOfRequest(id)) }, 'Open the task') : null, ' ',
			id ? h('a', { href: requestLink(id) }, 'Why this answer') : null),
			code(pretty(text).slice(0, 20_000), text));
	}

	const asked = () => {
		const values = {};
		for (const one of controls) {
			const value = one.read();
			if (value !== undefined) values[one.name] = value;
		}
		memory.values = { ...memory.values, ...values };
		const by = ways().find(one => one.name === way.value) ?? ways()[0];
		return requestOf(by, memory.key || 'try-it', endpoint.value, values, memory.then);
	};

	function drawCode() {
		refill(tabs, Object.keys(languages).map(name => button(name, () => {
			language = name;
			drawCode();
		}, { 'aria-pressed': String(name === language) })));
		if (current) program.textContent = languages[language](asked());
	}

	function drawEndpoints() {
		fill(endpoint, of().endpoints.filter(one => one !== 'generic').map(one => option(one)));
		const before = memory.endpoint[memory.provider];
		if (before && of().endpoints.includes(before)) endpoint.value = before;
		pickEndpoint(endpoint.value);
	}

	let turn = 0;
	async function pickEndpoint(id) {
		const own = ++turn;
		memory.endpoint[memory.provider] = id;
		const found = await get(`providers/${memory.provider}/endpoints/${escaped(id)}`).catch(problem => void showProblem(fields, problem));
		if (own !== turn || !found) return;
		current = found;
		fill(way, ways().map(one => option(one.name, `POST ${one.post.replaceAll('{endpoint}', '…')}`)));
		if (memory.way[memory.provider] && ways().some(one => one.name === memory.way[memory.provider])) way.value = memory.way[memory.provider];
		wayRow.hidden = ways().length < 2;
		const fixed = new Set(Object.keys(ways()[0]?.set ?? {}));
		const example = { prompt: 'a red apple on a wooden table', ...memory.values };
		controls = current.fields.filter(field => !fixed.has(field.name)).map(field => control(field, field.name === 'prompt' ? example.prompt : undefined, soon));
		const first = controls.filter((one, i) => one.name === 'prompt' || current.fields.find(field => field.name === one.name).required);
		const more = controls.filter(one => !first.includes(one));
		fill(fields, first.map(one => one.node), more.length > 0 ? h('details', h('summary', `${more.length} more fields`), more.map(one => one.node)) : null);
		drawCode();
	}
	const soon = later(80, drawCode);
	drawEndpoints();
}
