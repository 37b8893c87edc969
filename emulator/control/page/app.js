// The frame of the page: which room and sandbox are looked at, whether it is live.
import { h, fill, option, num, icon, tellBad, plural } from './dom.js';
import { readOnly, version, can, get } from './api.js';
import { state, on, begin, choose, boxOfRequest } from './store.js';
import { clockStrip } from './clock.js';
import * as tasks from './tasks.js';
import * as task from './task.js';
import * as requests from './requests.js';
import * as webhooks from './webhooks.js';
import * as findings from './findings.js';
import * as inbox from './inbox.js';
import * as scenario from './scenario.js';
import * as tryit from './tryit.js';

const rooms = [
	['tasks', 'Tasks', tasks.room],
	['requests', 'Requests', requests.room],
	['webhooks', 'Webhooks', webhooks.room],
	['findings', 'Findings', findings.room],
	['inbox', 'Inbox', inbox.room],
	['scenario', 'Scenario', scenario.room],
	['try', 'Try it', tryit.room],
];
// Addresses of single things, and the room each belongs to.
const things = { task: ['tasks', task.room], request: ['requests', requests.thing], webhook: ['webhooks', webhooks.room] };

const main = document.getElementById('main');
let leave = () => {};
let shown;
let place;
const places = new Map();  // how far each room was scrolled

function whereTo() {
	const words = new URLSearchParams(location.hash.slice(1));
	const [first] = words.keys();
	for (const name of Object.keys(things))
		if (words.get(name)) return { name, id: words.get(name), box: words.get('sandbox'), room: things[name][0], open: things[name][1], words };
	const found = rooms.find(([name]) => name === first) ?? rooms[0];
	return { name: found[0], room: found[0], open: found[2], box: words.get('sandbox'), id: words.get(found[0]) ?? '', words };
}

// The sandbox whose clock and scenario are in hand: that of the thing that is open, the chosen one,
// or the only one.
export function boxInHand() {
	const to = whereTo();
	if (to.name === 'request') return boxOfRequest(to.id);
	if (to.box) return to.box;
	if (state.scope) return state.scope;
	return state.boxes.size === 1 ? [...state.boxes.keys()][0] : '';
}

async function show({ again = false } = {}) {
	const to = whereTo();
	const same = shown === location.hash;
	if (same && !again) return;
	places.set(place, main.scrollTop);
	const from = shown;
	shown = location.hash;
	if (to.box && to.box !== state.scope && !things[to.name]) {
		await choose(to.box);
		if (shown !== location.hash) return;
	}
	leave();
	const label = rooms.find(([name]) => name === to.room)[1];
	const context = { id: to.id, box: to.box, words: to.words, boxInHand, again: () => show({ again: true }), title(text) {
		document.title = `${text} · provider-emulator`;
	} };
	context.title(label);
	fill(main);
	leave = (await to.open(main, context)) ?? (() => {});
	drawRooms();
	clock.draw();
	place = `${to.name} ${to.id} ${state.scope}`;
	main.scrollTop = places.get(place) ?? 0;
	if (again) return;
	main.focus({ preventScroll: true });
	// Back in a list, at what was open.
	setTimeout(() => document.activeElement === main && [...main.querySelectorAll('li a')].find(one => one.hash === from)?.focus(), 100);
}

const links = rooms.filter(([name]) => name !== 'findings' || can('findings')).map(([name, label]) => {
	const count = h('span.count');
	const link = h('a', { href: `#${name}` }, icon(name), h('span', label), count);
	return { name, count, link };
});
fill(document.getElementById('rooms'), links.map(({ link }) => h('li', link)));

function drawRooms() {
	const { room } = whereTo();
	const counts = { tasks: state.tasks.length + state.more, requests: state.requests.length };
	for (const { name, count, link } of links) {
		if (name !== room) link.removeAttribute('aria-current');
		else if (!link.hasAttribute('aria-current')) {
			link.setAttribute('aria-current', 'page');
			link.scrollIntoView({ block: 'nearest', inline: 'center' });
		}
		count.textContent = counts[name] ? num(counts[name]) : '';
	}
}

const scope = document.getElementById('scope');
const select = h('select', { id: 'box', onchange: async () => {
	const name = select.value;
	const to = whereTo();
	if (things[to.name] || to.box) history.replaceState(null, '', `#${to.room}`);
	await choose(name).catch(tellBad);
	show({ again: true });
} });
fill(scope, h('label', { for: 'box' }, 'Sandbox'), select);

function drawScope() {
	// Not under the hands of whoever chooses.
	if (document.activeElement === select && Number(select.dataset.count) === state.boxes.size && select.value === state.scope) return;
	select.dataset.count = state.boxes.size;
	const some = [...state.boxes.values()].slice(0, 500);
	if (state.scope && !some.some(box => box.name === state.scope)) some.unshift({ name: state.scope, tasks: 0 });
	fill(select,
		option('', state.boxes.size > 1 ? `All (${state.boxes.size})` : 'All'),
		some.map(box => option(box.name, box.tasks ? `${box.name} · ${plural(box.tasks, 'task')}` : box.name)));
	select.value = state.scope;
}

const clock = clockStrip(document.getElementById('clock'), boxInHand);

const live = document.getElementById('live');
function drawLive() {
	const words = { live: 'Live', lost: 'Connecting…', paused: 'Paused', connecting: 'Connecting…' };
	live.className = `live is-${state.live}`;
	fill(live, h('span.dot', { 'aria-hidden': 'true' }), words[state.live],
		h('span.version', `${version}${readOnly ? ' · read-only' : ''}${kept}`));
}

// How it stands with the store of what was answered, where there is one.
let kept = '';
async function lookAtStore() {
	if (document.hidden || state.live !== 'live') return;
	const { store, away, behind } = await get('state').catch(() => ({}));
	if (store === 'none') clearInterval(looking);
	else if (store) {
		kept = away ? ' · store away' : behind ? ` · ${num(behind)} unwritten` : ' · kept';
		drawLive();
	}
}
const looking = setInterval(lookAtStore, 2000);

on('boxes', () => {
	drawScope();
	clock.draw();
});
on('clock', () => clock.draw());
on('tasks', drawRooms);
on('requests', drawRooms);
on('live', drawLive);

addEventListener('hashchange', () => show().catch(tellBad));
addEventListener('keydown', event => {
	if (event.key !== 'Escape' || event.defaultPrevented || event.target.closest?.('input, textarea, select, dialog')) return;
	const to = whereTo();
	if (things[to.name] && to.name !== 'webhook') location.hash = `#${to.room}`;
});
// The page's first link jumps to the content without being taken for a room.
document.querySelector('.skip').addEventListener('click', event => {
	event.preventDefault();
	main.focus();
});

drawLive();
drawScope();
drawRooms();
const to = whereTo();
if (to.box && !things[to.name]) state.scope = to.box;
begin().then(() => show({ again: true })).catch(problem => fill(main, h('p.problem', { role: 'alert' }, `The emulator did not answer: ${problem.message}`)));
