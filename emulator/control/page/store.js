// What the page knows: sandboxes, and the tasks and requests of the one chosen or of the latest few.
// Bounded; kept up to date by the stream of events.
import * as api from './api.js';
import { follow } from './live.js';
import { later, escaped } from './dom.js';

const most = 20_000;      // tasks and requests held, each
const firstPage = 400;
const page = 2_000;
const boxesOfAll = 20;    // sandboxes looked into when none is chosen
const perBox = 200;

export const state = {
	scope: '',              // a sandbox, or '' for all
	boxes: new Map(),       // by name, the latest used first
	tasks: [],              // the oldest first
	requests: [],
	live: 'connecting',
	loaded: false,
	more: 0,                // tasks there are beyond those held
};
const taskIndex = new Map();
const requestIndex = new Map();

const listeners = new Map();
const dirty = new Map();
let due = false;

export function on(topic, work) {
	if (!listeners.has(topic)) listeners.set(topic, new Set());
	listeners.get(topic).add(work);
	return () => listeners.get(topic).delete(work);
}

const changedBoth = () => {
	changed('tasks');
	changed('requests');
};

// Does the same on any of these.
export function onAny(topics, work) {
	const stops = topics.map(topic => on(topic, () => work()));
	return () => stops.forEach(stop => stop());
}

// All that happens until the next frame is told at once.
function changed(topic, what) {
	if (!dirty.has(topic)) dirty.set(topic, []);
	if (what !== undefined) dirty.get(topic).push(what);
	if (due) return;
	due = true;
	const flush = () => {
		if (!due) return;
		due = false;
		const all = [...dirty];
		dirty.clear();
		for (const [name, list] of all) for (const work of [...(listeners.get(name) ?? [])]) work(list);
	};
	requestAnimationFrame(flush);
	setTimeout(flush, 300);  // no frames are drawn behind other windows
}

function taken(box) {
	return { ...box, nowMs: Date.parse(box.now), readAt: performance.now() };
}

export function boxNow(name) {
	const box = state.boxes.get(name);
	if (!box) return Date.now();
	return box.nowMs + (box.speed && (performance.now() - box.readAt) * box.speed);
}

const refreshBox = async name => {
	if (!state.boxes.has(name)) return;
	const box = await api.get(api.box(name)).catch(() => undefined);
	if (box && state.boxes.has(name)) {
		state.boxes.set(name, taken(box));
		changed('boxes');
		changed('clock', name);
		changed('tasks');
	}
};
const boxTimers = new Map();
function refreshBoxSoon(name) {
	if (!boxTimers.has(name)) boxTimers.set(name, later(120, () => refreshBox(name)));
	boxTimers.get(name)();
}

// The same as one that was just told by the control API.
export function clockTold(name, clock) {
	const box = state.boxes.get(name);
	if (!box) return;
	Object.assign(box, { now: clock.now, nowMs: Date.parse(clock.now), readAt: performance.now(), speed: clock.speed, skip: clock.skip });
	changed('clock', name);
	changed('tasks');
}

const made = new Set(['succeed', 'nsfw']);

// What is true of a task now, on the clock of its sandbox.
export function view(task) {
	if (task.state === 'ended' && (task.end === 'cancelled' || task.endsMs === undefined))
		return { state: 'ended', end: task.end, progress: 1, made: made.has(task.end) };
	if (task.endsMs === undefined) return { state: task.state, end: null, progress: task.progress, made: false };
	const now = boxNow(task.box);
	if (now >= task.endsMs) return { state: 'ended', end: task.end, progress: 1, made: made.has(task.end) };
	if (now < task.startsMs) return { state: 'queued', end: null, progress: 0, made: false };
	const length = task.endsMs - task.startsMs;
	return { state: 'running', end: null, progress: length > 0 ? (now - task.startsMs) / length : 0, made: false };
}

export const groupOf = task => {
	const { state: at, end } = view(task);
	if (at !== 'ended') return at;
	if (end === 'succeed' || end === null) return 'succeeded';
	return end === 'nsfw' || end.endsWith('moderated') ? 'flagged' : 'failed';
};

const ms = text => (text === null || text === undefined ? undefined : Date.parse(text));

export function taskOf(raw, box) {
	return {
		...raw,
		box,
		key: `${box} ${raw.id}`,
		acceptedMs: ms(raw.accepted),
		startsMs: ms(raw.starts),
		endsMs: ms(raw.ends),
		expireMs: ms(raw.links_expire),
	};
}

const unfinished = new Set();

function keepTask(raw, box, front) {
	const task = taskOf(raw, box);
	const known = taskIndex.get(task.key);
	if (known) {
		Object.assign(known, task);
		known.change = (known.change ?? 0) + 1;
	} else {
		taskIndex.set(task.key, task);
		(front ?? state.tasks).push(task);
	}
	const kept = known ?? task;
	if (kept.state === 'ended') unfinished.delete(kept);
	else unfinished.add(kept);
	return kept;
}

function trim() {
	if (state.tasks.length > most)
		for (const task of state.tasks.splice(0, state.tasks.length - most)) {
			state.more++;
			taskIndex.delete(task.key);
			unfinished.delete(task);
		}
	if (state.requests.length > most)
		for (const line of state.requests.splice(0, state.requests.length - most)) requestIndex.delete(line.id);
}

// Those that are looked into together.
export const boxesShown = () => (state.scope ? [state.scope] : [...state.boxes.keys()].slice(0, boxesOfAll)).filter(name => state.boxes.has(name));

let turn = 0;

const inScope = name => state.scope === '' || state.scope === name;

const fetchTasks = (name, query) => api.get(`${api.box(name)}/tasks?brief=true&${query}`);

// Tasks that were accepted are fetched together, however many came: from the latest back until
// there is none that was told of, since more may have come meanwhile.
const accepted = new Map();
let fetching = false;
const fetchAccepted = later(120, async () => {
	if (fetching) return;
	fetching = true;
	for (const [name, ids] of accepted) {
		accepted.delete(name);
		if (!state.boxes.has(name)) await refreshBoxes().catch(() => {});
		if (!state.boxes.has(name) || !inScope(name)) continue;
		const own = turn;
		const fresh = [];
		for (let query = `limit=${Math.min(ids.size + 20, page)}`; ids.size > 0;) {
			const { tasks } = await fetchTasks(name, query).catch(() => ({ tasks: [] }));
			if (tasks.length === 0 || own !== turn) break;
			fresh.unshift(...tasks);
			for (const raw of tasks) ids.delete(raw.id);
			query = `limit=${page}&before=${escaped(tasks[0].id)}`;
		}
		if (own !== turn) continue;
		// What is not held though something later is, was let go, or is older than what is held.
		const held = raw => taskIndex.has(`${name} ${raw.id}`);
		const end = fresh.findLastIndex(held);
		fresh.forEach((raw, i) => (i > end || held(raw)) && keepTask(raw, name));
	}
	trim();
	changed('tasks');
	fetching = false;
	if (accepted.size > 0) fetchAccepted();
});

async function refreshTasks(list) {
	for (const task of list) {
		const raw = await api.get(`${api.box(task.box)}/tasks/${escaped(task.id)}`).catch(() => undefined);
		if (raw) keepTask({ ...raw, input: null, prompt: raw.prompt.slice(0, 500) }, task.box);
	}
	if (list.length > 0) changed('tasks');
}

// Those whose end nobody told us of, such as after a jump of the clock.
let looking = false;
setInterval(async () => {
	if (looking || document.hidden || state.live !== 'live') return;
	const over = [];
	for (const task of unfinished) {
		if (task.endsMs !== undefined && view(task).state === 'ended' && task.end === null) over.push(task);
		if (over.length === 50) break;
	}
	if (over.length === 0) return;
	looking = true;
	await refreshTasks(over).finally(() => (looking = false));
}, 700);

const waits = raw => raw.status === 0 && !raw.wire;

function keepRequest(raw, box, pending, front) {
	const known = requestIndex.get(raw.id);
	if (known) {
		if (!pending) Object.assign(known, raw, { pending: false, change: (known.change ?? 0) + 1 });
		return;
	}
	const line = { ...raw, box, atMs: Date.parse(raw.at), pending };
	requestIndex.set(line.id, line);
	(front ?? state.requests).push(line);
}

export const boxOfRequest = id => id.slice(0, id.lastIndexOf('-'));

async function refreshBoxes() {
	const { sandboxes } = await api.get('sandboxes');
	const old = state.boxes;
	state.boxes = new Map(sandboxes.map(box => [box.name, { ...taken(box), skip: old.get(box.name)?.skip }]));
	changed('boxes');
}
const refreshBoxesSoon = later(400, () => refreshBoxes().catch(() => {}));

function clear() {
	state.tasks = [];
	state.requests = [];
	taskIndex.clear();
	requestIndex.clear();
	unfinished.clear();
	state.more = 0;
}

let waiting;  // events that come meanwhile

// Takes in everything anew: at the start, for another sandbox, and after a gap.
export async function load() {
	const own = ++turn;
	waiting ??= [];
	await loadAll(own).finally(() => {
		if (own !== turn) return;
		const events = waiting;
		waiting = undefined;
		events.forEach(event => happened(...event));
	});
}

async function loadAll(own) {
	state.loaded = false;
	await refreshBoxes();
	if (own !== turn) return;
	clear();
	const names = boxesShown().reverse();
	for (const name of names) {
		const limit = state.scope ? firstPage : perBox;
		const [{ tasks, kept }, { requests }] = await Promise.all([
			fetchTasks(name, `limit=${limit}`),
			api.get(`${api.box(name)}/requests?limit=${limit}`),
		]);
		if (own !== turn) return;
		for (const raw of tasks) keepTask(raw, name);
		for (const raw of requests) keepRequest(raw, name, waits(raw));
		state.more += kept - tasks.length;
		changedBoth();
	}
	state.loaded = true;
	changedBoth();
	if (state.scope && names.length > 0) loadRest(own, state.scope).catch(() => {});
}

// The older ones, while nobody waits for them.
async function loadRest(own, name) {
	let earlier = true;
	for (;;) {
		const older = state.more > 0 && state.tasks.length < most;
		if (!older && !earlier) return;
		const tasks = older ? (await fetchTasks(name, `limit=${page}&before=${escaped(state.tasks[0].id)}`)).tasks : [];
		const first = state.requests[0];
		const requests = earlier && first ? (await api.get(`${api.box(name)}/requests?limit=${page}&before=${escaped(first.id)}`)).requests : [];
		if (own !== turn) return;
		const front = [];
		for (const raw of tasks) keepTask(raw, name, front);
		state.tasks = front.concat(state.tasks);
		if (older) state.more = front.length > 0 ? Math.max(state.more - front.length, 0) : 0;
		const lines = [];
		for (const raw of requests) keepRequest(raw, name, waits(raw), lines);
		state.requests = lines.concat(state.requests);
		earlier = lines.length > 0 && state.requests.length < most;
		changedBoth();
	}
}

export async function choose(name) {
	if (state.scope === name && state.loaded) return;
	state.scope = name;
	clear();
	changed('boxes');
	changedBoth();
	await load();
}

let run;
let heard;

function happened(kind, data) {
	const name = data.sandbox;
	if (kind === 'hello') {
		// Another start of the emulator, or too much was missed.
		if (run !== undefined && !data.resumed) {
			api.forgetPictures();
			load().catch(() => {});
		}
		run = data.run;
		heard();
		changed('again');
		return;
	}
	if (waiting) return waiting.push([kind, data]);
	if (kind === 'letter') return changed('letters', data);
	if (kind === 'finding') return changed('findings');
	if (kind === 'gone') {
		state.boxes.delete(name);
		const others = item => item.box !== name;
		for (const item of state.tasks) if (item.box === name) taskIndex.delete(item.key), unfinished.delete(item);
		for (const item of state.requests) if (item.box === name) requestIndex.delete(item.id);
		state.tasks = state.tasks.filter(others);
		state.requests = state.requests.filter(others);
		changed('boxes');
		changedBoth();
		return;
	}
	if (name !== undefined && !state.boxes.has(name)) refreshBoxesSoon();
	const box = state.boxes.get(name);
	if (kind === 'request' || kind === 'held') {
		if (box && kind === 'request') box.requests = Math.max(box.requests, Number(data.id.slice(data.id.lastIndexOf('-') + 1)));
		if (!inScope(name)) return;
		const { sandbox, ...line } = data;
		keepRequest(line, name, kind === 'held');
		trim();
		changed('requests');
		// Asking may be what a task counts.
		const task = data.task && taskIndex.get(`${name} ${data.task}`);
		if (task && task.state !== 'ended' && task.endsMs === undefined) refreshTasks([task]);
	} else if (kind === 'task') {
		if (data.state === 'accepted') {
			if (box) box.tasks++;
			if (!accepted.has(name)) accepted.set(name, new Set());
			accepted.get(name).add(data.id);
			fetchAccepted();
		} else {
			const task = taskIndex.get(`${name} ${data.id}`);
			if (task && data.state === 'ended' && !task.expireMs === !made.has(data.end)) {
				Object.assign(task, { state: 'ended', end: data.end, change: (task.change ?? 0) + 1 });
				unfinished.delete(task);
				changed('tasks');
			} else if (task) {
				refreshTasks([task]);
			}
		}
	} else if (kind === 'clock') {
		refreshBoxSoon(name);
	} else if (kind === 'reset') {
		if (inScope(name)) load().catch(() => {});
		refreshBoxSoon(name);
	} else if (kind === 'scenario') {
		refreshBoxSoon(name);
		changed('scenario', name);
	} else if (kind === 'webhook') {
		changed('webhooks', { ...data, box: name });
	}
}

// Listens first, so that nothing is missed while the rest is loaded.
export async function begin() {
	const first = new Promise(resolve => (heard = resolve));
	follow({
		event: happened,
		state(word) {
			if (state.live === word) return;
			state.live = word;
			changed('live');
		},
	});
	await Promise.race([first, new Promise(resolve => setTimeout(resolve, 1500))]);
	await load();
}
