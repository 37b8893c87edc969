// The gallery: the very pictures that clients get.
import { h, fill, refill, searchBox, hiddenLabel, option, num, pill, empty, span, code, plural, soft, button, taskLink } from './dom.js';
import { picture, readOnly } from './api.js';
import { state, on, view, groupOf, boxNow } from './store.js';
import { WindowedList } from './list.js';

const groups = [
	['', 'All'], ['queued', 'Queued'], ['running', 'Running'], ['succeeded', 'Succeeded'],
	['flagged', 'Flagged'], ['failed', 'Failed'],
];
const endWords = {
	succeed: 'succeeded', nsfw: 'flagged', input_moderated: 'input moderated', output_moderated: 'output moderated',
	failed: 'failed', timed_out: 'timed out', cancelled: 'cancelled', stuck: 'stuck', vanished: 'vanished',
};
export function stateWord(at) {
	return at.state === 'ended' ? endWords[at.end] ?? 'ended' : at.state;
}
export function stateKind(task) {
	return { queued: 'wait', running: 'run', succeeded: 'good', flagged: 'warn', failed: 'bad' }[groupOf(task)];
}
export const withoutDirectives = prompt => prompt.replaceAll(/\[\[.*?\]\]/g, '').trim();

export const spoiltWords = {
	truncated: 'cut off on download', zero_bytes: 'empty on download', wrong_type: 'another format than told',
	bomb: 'a bomb on download', file: 'a file of the scenario',
};

// How the links to its pictures stand; "" where it has none.
export function linkAge(task) {
	if (!view(task).made || task.expireMs === undefined) return '';
	const left = task.expireMs - boxNow(task.box);
	const about = span(Math.abs(left) < 60_000 ? Math.abs(left) : Math.floor(Math.abs(left) / 60_000) * 60_000);
	return left > 0 ? `live ${about} more` : `dead for ${about}`;
}

const manyBoxes = () => state.scope === '' && state.boxes.size > 1;

export const filters = { provider: '', group: '', text: '' };

export function fits(task) {
	if (filters.provider && task.provider !== filters.provider) return false;
	if (filters.group && groupOf(task) !== filters.group) return false;
	if (filters.text) {
		const text = filters.text.toLowerCase();
		if (![task.prompt, task.endpoint, task.id, task.box].some(one => one.toLowerCase().includes(text))) return false;
	}
	return true;
}

function tile(task) {
	const image = h('img', { alt: '', loading: 'eager', draggable: 'false' });
	const frame = h('div.frame', image);
	const prompt = h('p.prompt', { dir: 'auto' });
	const under = h('p.under');
	const marks = h('div.marks');
	const bar = h('div.bar', h('i'));
	const link = h('a', { href: taskLink(task.id, task.box), class: 'tile' }, h('div.look', frame, marks, bar), prompt, under);
	const element = h('li.cell', link);
	Object.assign(element, { image, frame, prompt, under, marks, bar, link, stop: new AbortController() });
	element.left = () => element.stop.abort();
	return element;
}

// Draws what has changed of a tile; most often that is nothing.
function drawTile(element, task) {
	element.task = task;
	const at = view(task);
	const age = linkAge(task);
	const stamp = `${at.state} ${at.end} ${task.change ?? 0} ${manyBoxes()} ${age}`;
	if (at.state === 'running') element.bar.firstChild.style.transform = `scaleX(${at.progress})`;
	if (element.stamp === stamp) return;
	element.stamp = stamp;
	const prompt = withoutDirectives(task.prompt);
	fill(element.prompt, prompt || '(no prompt)');
	const dead = age.startsWith('dead');
	fill(element.under, h('span', h('b', task.provider), ` ${task.endpoint}`, manyBoxes() ? ` · ${task.box}` : ''),
		age ? h('span', { class: dead ? 'age dead' : 'age', title: `Its link is ${age}` }, dead ? 'link dead' : `link ${age.slice(5, -5)}`) : '');
	fill(element.marks, pill(stateWord(at), stateKind(task)), task.pictures > 1 && at.made ? pill(`${task.pictures} pictures`) : null, element.note ?? null);
	element.bar.hidden = at.state === 'ended';
	element.frame.classList.toggle('none', !at.made);
	element.frame.classList.toggle('wide', task.width > task.height * 1.4);
	if (at.made && !element.asked) {
		element.asked = true;
		picture(task, 0, true, element.stop.signal).then(({ url, spoilt }) => {
			if (url) {
				element.image.src = url;
				element.frame.classList.add('there');
			}
			if (spoilt) {
				element.note = pill(spoiltWords[spoilt], 'warn');
				element.marks.append(element.note);
			}
		}).catch(() => (element.asked = false));
	}
}

function firstSteps() {
	const at = location.origin;
	const lines = [
		`curl ${at}/bfl/v1/flux-dev -H 'x-key: me' -H 'content-type: application/json' -d '{"prompt":"a red apple"}'`,
		`BFL_API_BASE=${at}/bfl\nWAVESPEED_BASE_URL=${at}\nAPIFRAME_BASE_URL=${at}/apiframe\nFAL_AI_API_BASE=${at}/fal.run\nVTRIX_BASE_URL=${at}/vtrix`,
	];
	return empty('No task yet',
		h('p', 'Pictures appear here as soon as a client asks for one. Any API key works; it names the sandbox that the task lands in.'),
		readOnly ? null : h('p', h('a.button.main', { href: '#try' }, 'Try it from here')),
		h('h3', 'Or from a shell'), code(lines[0]),
		h('h3', 'Or point your app here'), code(lines[1]),
		soft(h('code', 'provider-emulator env'), ' prints these for every known SDK.'));
}

export function room(main, context) {
	const search = searchBox('Prompt, model, id', filters, sift);
	const provider = h('select', { id: 'provider', onchange: () => {
		filters.provider = provider.value;
		sift();
	} });
	const chips = h('div.chips', { role: 'group', 'aria-label': 'State' });
	const host = h('ul.gallery', { role: 'list', 'aria-label': 'Tasks, the newest first' });
	const nothing = h('div');
	const foot = h('p.foot.soft');
	const bar = h('div.filters', hiddenLabel('search', 'Search'), search,
		hiddenLabel('provider', 'Provider'), provider, chips);
	fill(main, h('h1.away', 'Tasks'), bar, nothing, host, foot);

	let shown = [];
	const columns = () => Math.max(Math.floor(host.clientWidth / 210), host.clientWidth > 250 ? 2 : 1);
	const list = new WindowedList({
		host, scroller: main, what: 'task',
		count: () => shown.length,
		item: i => shown[i],
		key: task => task.key,
		make: tile,
		update: drawTile,
		columns,
		rowHeight: () => Math.round((host.clientWidth / columns()) * 0.78 + 84),
	});

	function drawBar() {
		const names = [...new Set(state.tasks.map(task => task.provider))].sort();
		if (filters.provider && !names.includes(filters.provider)) names.push(filters.provider);
		const want = names.join(' ');
		if (provider.dataset.names !== want) {
			provider.dataset.names = want;
			fill(provider, option('', 'Every provider'), names.map(name => option(name)));
		}
		provider.value = filters.provider;
		const counts = {};
		for (const task of state.tasks) {
			const group = groupOf(task);
			counts[group] = (counts[group] ?? 0) + 1;
		}
		counts[''] = state.tasks.length;
		const stamp = JSON.stringify([counts, filters.group]);
		if (chips.dataset.stamp === stamp) return;
		chips.dataset.stamp = stamp;
		refill(chips, groups.filter(([group]) => group === '' || counts[group] || group === filters.group).map(([group, label]) =>
			button([label, h('span.n', ` ${num(counts[group] ?? 0)}`)], () => {
				filters.group = group;
				sift();
			}, { 'data-key': group, 'aria-pressed': String(filters.group === group) })));
	}

	function gather() {
		const all = filters.provider || filters.group || filters.text;
		shown = all ? state.tasks.filter(fits) : state.tasks;
		bar.hidden = state.tasks.length === 0;
		if (state.tasks.length === 0) {
			if (state.loaded && !nothing.firstChild) fill(nothing, firstSteps());
		} else if (shown.length === 0) {
			fill(nothing, empty('No task fits', h('p', button('Show all', () => {
				Object.assign(filters, { provider: '', group: '', text: '' });
				search.value = '';
				sift();
			}))));
		} else {
			fill(nothing);
		}
		foot.hidden = state.more === 0;
		fill(foot, state.scope === ''
			? `${plural(state.more, 'older task')} not shown: choose a sandbox to see more of it.`
			: `${plural(state.more, 'older task')} not held by this page.`);
		drawBar();
	}
	function sift() {
		gather();
		list.restart();
	}
	gather();
	list.refresh();
	const stop = on('tasks', () => {
		gather();
		list.refresh();
	});
	const ticking = setInterval(() => {
		if (document.hidden) return;
		if (filters.group) gather();
		else drawBar();
		list.refresh();
	}, 500);
	context.title(state.scope ? `Tasks of ${state.scope}` : 'Tasks');
	return () => {
		stop();
		clearInterval(ticking);
		list.close();
	};
}
