// Asks the control API: with the page's key, and the token where one is wanted. Neither ever stands
// in an address.
import { h, fill, escaped } from './dom.js';

const meta = name => document.querySelector(`meta[name=emulator-${name}]`).content;
export const readOnly = meta('mode') === 'read-only';
export const version = meta('version');
// What not every build of the emulator can do.
export const can = what => meta('can').split(' ').includes(what);
const key = meta('key');

let token = sessionStorage.getItem('emulator-token') ?? '';
let asking;

export class Refused extends Error {
	constructor(status, error, text) {
		super(error?.message ?? (text || `answered ${status}`));
		this.status = status;
		this.error = error ?? {};
	}
}

export function headers(more = {}) {
	const all = { 'x-emulator-page': key, ...more };
	if (token) all.authorization = `Bearer ${token}`;
	return all;
}

// A reply of the control API as it is. Asks the user for the token where it is wanted.
export async function ask(path, options = {}) {
	const response = await fetch(`/_emulator/${path}`, { ...options, headers: headers(options.headers) });
	if (response.status !== 401) return response;
	asking ??= askForToken().finally(() => (asking = undefined));
	await asking;
	return ask(path, options);
}

async function checked(response) {
	if (response.ok) return response;
	const text = await response.text();
	let error;
	try {
		error = JSON.parse(text).emulator_error;
	} catch {
		// Not ours, so it is shown as it is.
	}
	throw new Refused(response.status, error, text.slice(0, 300));
}

export const get = async (path, options) => (await checked(await ask(path, options))).json();

export async function send(method, path, body, type = 'application/json') {
	const response = await ask(path, {
		method,
		headers: { 'content-type': type },
		body: typeof body === 'string' ? body : JSON.stringify(body ?? {}),
	});
	return (await checked(response)).json();
}

export const box = name => `sandboxes/${escaped(name)}`;

function askForToken() {
	return new Promise(resolve => {
		const input = h('input', { type: 'password', id: 'token', autocomplete: 'off', required: true });
		const dialog = h('dialog.token', { 'aria-labelledby': 'token-title' },
			h('form', { method: 'dialog', onsubmit: event => {
				event.preventDefault();
				token = input.value.trim();
				sessionStorage.setItem('emulator-token', token);
				dialog.close();
				dialog.remove();
				resolve();
			} },
			h('h2', { id: 'token-title' }, 'Control token'),
			h('p', token ? 'That was not it. ' : '', 'This emulator answers only those who know its token: the one given by ',
				h('code', '--control-token'), ', or printed at its start.'),
			h('label', { for: 'token' }, 'Token'), input,
			h('button.main', 'Continue')));
		dialog.addEventListener('cancel', event => event.preventDefault());
		document.body.append(dialog);
		dialog.showModal();
	});
}

// Pictures are fetched, as an <img> sends no key; so many stay.
const kept = new Map();
const keptMost = 240;
const waiting = [];
let running = 0;
let moving;

// Not while tiles rush by, for they are gone when their pictures come.
function nextSoon() {
	clearTimeout(moving);
	moving = setTimeout(() => {
		moving = undefined;
		next();
	}, 60);
}

function next() {
	while (!moving && running < 4 && waiting.length > 0) {
		// What came into view last is what somebody looks at.
		const job = waiting.pop();
		if (job.signal?.aborted) {
			job.reject(new DOMException('gone', 'AbortError'));
			continue;
		}
		running++;
		load(job).then(job.resolve, job.reject).finally(() => {
			running--;
			next();
		});
	}
}

async function load({ path, signal }) {
	const response = await ask(path, { signal });
	const spoilt = response.headers.get('x-emulator-picture') ?? '';
	if (!response.ok) return { url: '', spoilt, status: response.status };
	return { url: URL.createObjectURL(await response.blob()), spoilt, status: 200 };
}

// The address of a picture in memory, and what the scenario did to it. `small`: as a thumbnail.
export async function picture(task, index, small, signal) {
	const path = `${box(task.box)}/tasks/${escaped(task.id)}/pictures/${index}${small ? '?thumb=320' : ''}`;
	const id = `${path} ${task.accepted}`;
	let entry = kept.get(id);
	if (entry) {
		kept.delete(id);
	} else {
		entry = await new Promise((resolve, reject) => {
			waiting.push({ path, signal, resolve, reject });
			nextSoon();
		});
		if (entry.status !== 200) return entry;
	}
	kept.set(id, entry);
	for (const [old, { url }] of kept) {
		if (kept.size <= keptMost) break;
		kept.delete(old);
		URL.revokeObjectURL(url);
	}
	return entry;
}

export function forgetPictures() {
	for (const { url } of kept.values()) URL.revokeObjectURL(url);
	kept.clear();
}

// Puts what went wrong into the place where the result would be.
export function showProblem(place, problem) {
	fill(place, h('p.problem', { role: 'alert' }, problem.message));
}
