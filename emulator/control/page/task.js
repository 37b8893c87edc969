// One task opened: its pictures, and its whole life on one time line.
import { h, fill, refill, pill, empty, copyButton, code, pairs, span, fineTime, clockTime, day, later, plural, mono, escaped, webhookLink } from './dom.js';
import { box, get, picture, showProblem } from './api.js';
import { state, on, view, taskOf, boxNow } from './store.js';
import { stateWord, stateKind, withoutDirectives, linkAge, spoiltWords } from './tasks.js';
import { statusKind, statusWord, showExchange } from './exchange.js';

const onWords = { submit: 'Submitted', poll: 'Polled', result: 'Result asked for', stream: 'Streamed', cancel: 'Cancelled', download: 'Downloaded', upload: 'Uploaded', webhook: 'Webhook', account: 'Asked' };

function pictures(task, place) {
	const at = view(task);
	if (!at.made) {
		fill(place, h('div.big.none', h('p', at.state === 'ended' ? `No picture: ${stateWord(at)}.` : 'No picture yet.')));
		return;
	}
	const stop = new AbortController();
	fill(place, Array.from({ length: task.pictures }, (_, i) => {
		const image = h('img', { alt: `Picture ${i + 1} of ${task.pictures}: ${withoutDirectives(task.prompt).slice(0, 100)}`, width: task.width, height: task.height });
		const note = h('figcaption', `${task.width} × ${task.height}`);
		picture(task, i, true, stop.signal).then(({ url, spoilt }) => {
			if (url) image.src = url;
			if (spoilt) note.append(' · ', pill(spoiltWords[spoilt], 'warn'));
			// Large ones only where nothing is wrong with them.
			if (!spoilt && Math.max(task.width, task.height) > 320 && task.pictures <= 4 && task.width * task.height <= 4_500_000)
				return picture(task, i, false, stop.signal).then(full => full.url && (image.src = full.url));
		}).catch(() => {});
		return h('figure.big', image, note);
	}));
	return () => stop.abort();
}

// Three and more polls that got the same are one line, which opens.
function grouped(moments) {
	const out = [];
	for (const moment of moments) {
		const last = out.at(-1);
		const alike = moment.line && (moment.line.on === 'poll' || moment.line.on === 'result') && last?.line &&
			last.line.on === moment.line.on && statusWord(last.line) === statusWord(moment.line) && !moment.line.refusal && !last.line.refusal;
		if (alike) (last.more ??= []).push(moment);
		else out.push({ ...moment });
	}
	return out.flatMap(moment => (moment.more?.length === 1 ? [{ ...moment, more: undefined }, moment.more[0]] : [moment]));
}

const back = () => h('p.back', h('a', { href: '#tasks' }, '← All tasks'));

export function room(main, context) {
	const { id, box: name } = context;
	const head = h('div.task-head');
	const look = h('div.pictures');
	const facts = h('dl.facts');
	const life = h('ol.life');
	const input = h('div');
	fill(main, back(), head,
		h('div.task', h('div', look, facts), h('div', h('h2', 'Its life'), life, h('h2', 'Input as accepted'), input)));
	let task;
	let drawn = '';
	let dropPictures;
	const open = new Map();

	function drawHead() {
		const at = view(task);
		const prompt = withoutDirectives(task.prompt);
		fill(head, h('h1', prompt.length > 160 ? { dir: 'auto', class: 'long', tabindex: '0' } : { dir: 'auto' }, prompt || '(no prompt)'),
			h('p', pill(stateWord(at), stateKind(task)), ' ', h('b', task.provider), ' ', task.endpoint, ' · ', mono(task.id), ' ', copyButton(task.id, 'Copy id')));
		const stamp = `${at.state} ${at.end}`;
		if (drawn !== stamp) {
			drawn = stamp;
			dropPictures?.();
			dropPictures = pictures(task, look);
		}
		const rows = [['Sandbox', name], ['Seed', String(task.seed)], ['Size', `${task.width} × ${task.height}, ${plural(task.pictures, 'picture')}`], ['Cost', String(task.cost)],
			['Links', linkAge(task) || (at.made ? 'live for good' : 'none')]];
		if (at.state !== 'ended') rows.push(['Ends', task.endsMs === undefined ? 'not by time alone' : `in ${span(task.endsMs - boxNow(name))} on its clock`]);
		facts.replaceChildren(...pairs(rows).children);
		context.title(prompt.slice(0, 60) || 'A task');
	}

	function step(atMs, kind, label, ...rest) {
		return h('li', { class: kind }, h('span.when', { title: `${day(atMs)} ${fineTime(atMs)}` }, span(atMs - task.acceptedMs) === '0 s' ? 'start' : `+${span(atMs - task.acceptedMs)}`.replace('+−', '−')),
			h('div.what', h('div.line', label), rest));
	}

	// Elements stay from one drawing to the next: what is unfolded or in focus stays so.
	function kept(key, label, make) {
		if (!open.has(key)) open.set(key, make());
		const element = open.get(key);
		fill(element.firstChild, label);
		return element;
	}

	function unfolding(line, label) {
		const element = kept(line.id, label, () => {
			const place = h('div');
			const made = h('details', { ontoggle: () => made.open && !place.firstChild && showExchange(place, line.id, 'h3') }, h('summary'), place);
			return made;
		});
		if (element.open && element.pending && !line.pending) showExchange(element.lastChild, line.id, 'h3');
		element.pending = line.pending;
		return element;
	}

	function exchangeStep(moment) {
		const { line, more } = moment;
		const words = [h('b', onWords[line.on] ?? line.on), ' ', pill(statusWord(line), statusKind(line)), line.refusal ? ` ${line.refusal.replaceAll('_', ' ')}` : '', line.wire ? ` ${line.wire}` : '',
			' ', h('span.soft.mono', `${line.method} ${line.target.split('?')[0].slice(0, 70)}`)];
		if (!more) return step(moment.atMs, statusKind(line), '', unfolding(line, words), moment.hook ? hookLink(moment.hook) : null);
		const all = [moment, ...more];
		const key = `all ${line.id}`;
		const until = all.at(-1).atMs - task.acceptedMs;
		const label = [h('b', `${onWords[line.on]} ${all.length} times`), ' ', pill(statusWord(line), statusKind(line)), h('span.soft', ` until +${span(until)}`)];
		const inner = h('ul', all.slice(0, 200).map(one => h('li', unfolding(one.line, [mono(`+${span(one.atMs - task.acceptedMs)} `), pill(statusWord(one.line), statusKind(one.line)), ' ', h('span.soft.mono', one.line.id)]))));
		const group = kept(key, label, () => h('details.group', h('summary'), h('ul')));
		group.lastChild.replaceChildren(...inner.children);
		return step(moment.atMs, statusKind(line), '', group);
	}

	const hookLink = hook => h('span', `${hook.event} `, h('a.mono', { href: webhookLink(hook.id, name) }, hook.id));

	function webhookStep(moment) {
		const { hook, attempt } = moment;
		const good = attempt.status >= 200 && attempt.status < 300;
		return step(moment.atMs, attempt.under_way ? 'wait' : good ? 'good' : 'bad',
			[h('b', 'Webhook'), ' ', pill(attempt.under_way ? 'under way' : String(attempt.status ?? attempt.error ?? ''), attempt.under_way ? 'wait' : good ? 'good' : 'bad'), ' ', hookLink(hook), ' ', h('span.soft.mono', hook.url)]);
	}

	function drawLife(requests, hooks, moves) {
		const now = boxNow(name);
		const at = view(task);
		const moments = requests.map(line => ({ atMs: Date.parse(line.at), line: { ...line, pending: line.status === 0 && !line.wire } }));
		for (const hook of hooks) {
			for (const attempt of hook.attempts) {
				// The journal has it as well, and says why.
				const same = moments.find(one => one.line?.on === 'webhook' && one.line.at === attempt.at && !one.hook);
				if (same) same.hook = hook;
				else moments.push({ atMs: Date.parse(attempt.at), hook, attempt });
			}
			if (hook.next) moments.push({ atMs: Date.parse(hook.next), mark: [h('b', 'Webhook due'), ` ${hook.event}`], kind: 'wait' });
		}
		if (task.startsMs !== undefined && task.startsMs > task.acceptedMs && (task.endsMs === undefined || task.startsMs < task.endsMs))
			moments.push({ atMs: task.startsMs, mark: [h('b', task.startsMs <= now ? 'Work began' : 'Work will begin')], kind: task.startsMs <= now ? '' : 'wait' });
		if (task.endsMs !== undefined)
			moments.push({ atMs: task.endsMs, mark: [h('b', at.state === 'ended' ? `Ended: ${stateWord(at)}` : 'Will end')], kind: at.state === 'ended' ? stateKind(task) : 'wait' });
		if (task.expireMs !== undefined)
			moments.push({ atMs: task.expireMs, mark: [h('b', task.expireMs <= now ? 'Links died' : 'Links will die')], kind: task.expireMs <= now ? 'bad' : 'wait' });
		for (const move of moves) {
			const atMs = Date.parse(move.to);
			if (atMs > task.acceptedMs) moments.push({ atMs, kind: 'moved', mark: h('b', `Clock moved by ${span(atMs - Date.parse(move.from))}`) });
		}
		// Of what has the same time, a move of the clock came before what was done after it.
		const rank = one => (one.kind === 'moved' ? 0 : one.line?.on === 'submit' ? 1 : one.mark ? 2 : 3);
		const line = moments.sort((a, b) => a.atMs - b.atMs || rank(a) - rank(b));
		const past = grouped(line.filter(moment => moment.atMs <= now));
		const coming = line.filter(moment => moment.atMs > now);
		const draw = moment => moment.line ? exchangeStep(moment) : moment.hook ? webhookStep(moment) : step(moment.atMs, moment.kind, moment.mark);
		refill(life, past.map(draw), h('li.now', h('span.when', `+${span(now - task.acceptedMs)}`), h('div.what', `now, ${clockTime(now)} on its clock`)), coming.map(draw));
	}

	async function refresh() {
		try {
			const [raw, { requests }, { webhooks }, { moves }] = await Promise.all([
				get(`${box(name)}/tasks/${escaped(id)}`),
				get(`${box(name)}/requests?task=${escaped(id)}&limit=2000`),
				get(`${box(name)}/webhooks?task=${escaped(id)}&limit=100`),
				get(`${box(name)}/clock`),
			]);
			const first = task === undefined;
			task = taskOf(raw, name);
			drawHead();
			drawLife(requests, webhooks, moves ?? []);
			if (first) {
				const text = JSON.stringify(task.input, null, 2);
				fill(input, code(text));
			}
		} catch (problem) {
			if (task === undefined && problem.status === 404)
				fill(main, back(), empty('No such task', h('p', problem.message, '. It may have been let go, or the sandbox was reset.')));
			else showProblem(head, problem);
		}
	}
	if (!state.boxes.has(name)) return void fill(main, back(), empty('No such sandbox', h('p', `There is no sandbox "${name ?? ''}" now; #task=ID&sandbox=NAME names one.`)));
	const soon = later(150, refresh);
	const stops = [
		on('requests', () => soon()), on('webhooks', list => list.some(one => one.box === name) && soon()),
		on('clock', list => list.includes(name) && soon()), on('tasks', () => soon()), on('again', () => soon()),
	];
	const ticking = setInterval(() => task && !document.hidden && boxNow(name) && drawHeadIfMoving(), 1000);
	function drawHeadIfMoving() {
		if (state.boxes.get(name)?.speed > 0) {
			const before = drawn;
			drawHead();
			if (drawn !== before) soon();
		}
	}
	refresh();
	return () => {
		stops.forEach(stop => stop());
		clearInterval(ticking);
		dropPictures?.();
	};
}
