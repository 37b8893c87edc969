// The clock of the sandbox in hand: what it shows, and turning it by hand.
import { h, fill, option, tell, tellBad, button, mono, clockTime, day, plural, span, taskLink, webhookLink } from './dom.js';
import { box, get, send, readOnly } from './api.js';
import { state, boxNow, clockTold } from './store.js';

const speeds = [1, 10, 100, 1000];

export function clockStrip(place, boxInHand) {
	const now = h('time.now');
	const date = h('span.date');
	const how = h('span.how');
	const face = h('div.face', now, h('div', date, how));
	let busy = false;

	async function move(change, word) {
		const name = boxInHand();
		if (!name || busy) return;
		busy = true;
		try {
			const before = boxNow(name);
			const moved = await send('POST', `${box(name)}/clock`, change);
			clockTold(name, moved);
			const by = Date.parse(moved.now) - before;
			const about = change.advance || change.to ? ` by ${span(by)}` : '';
			if (change.to && moved.fired.length === 0) tell('Nothing is to come: no task, link, webhook or reply waits for this clock.');
			else tell(`${word}${about}${fired(moved)}`);
			showFired(moved);
		} catch (problem) {
			tellBad(problem);
		} finally {
			busy = false;
			draw();
		}
	}

	const freeze = button('', () => {
		const frozen = state.boxes.get(boxInHand())?.speed === 0;
		move({ freeze: !frozen }, frozen ? 'The clock runs' : 'The clock stands');
	});
	const speed = h('select', { 'aria-label': 'Speed of the clock', onchange: () => move({ speed: Number(speed.value) }, 'The clock runs') });
	const buttons = [
		freeze,
		button('+10 s', () => move({ advance: '10s' }, 'Moved')),
		button('+10 m', () => move({ advance: '10m' }, 'Moved')),
		button('Next event', () => move({ to: 'next' }, 'Moved'), { title: 'To the next thing that happens' }),
	];
	const list = h('details.fired');
	const none = h('p.none');
	fill(place, face, readOnly ? null : h('div.turn', { role: 'group', 'aria-label': 'Turn the clock' }, buttons, speed), list, none);

	function fired(moved) {
		if (moved.fired.length === 0) return moved.pending.length > 0 ? '; nothing was due.' : '.';
		const kinds = {};
		for (const one of moved.fired) kinds[one.kind] = (kinds[one.kind] ?? 0) + 1;
		const words = { task: ['task ended', 'tasks ended'], link: ['link died', 'links died'], webhook: ['webhook went out', 'webhooks went out'], reply: ['held reply went out', 'held replies went out'] };
		return `: ${Object.entries(kinds).map(([kind, n]) => plural(n, ...(words[kind] ?? [kind]))).join(', ')}.`;
	}

	function showFired(moved) {
		list.hidden = moved.fired.length === 0;
		const name = boxInHand();
		const line = one => h('li', mono(clockTime(Date.parse(one.at))), ` ${one.kind} `,
			one.kind === 'reply' ? mono(one.id) : h('a.mono', { href: (one.kind === 'webhook' ? webhookLink : taskLink)(one.id, name) }, one.id));
		fill(list, h('summary', `${plural(moved.fired.length, 'thing')} fired`),
			h('ul', moved.fired.slice(0, 100).map(line), moved.fired.length > 100 ? h('li', '…') : null));
	}
	list.hidden = true;

	function draw() {
		const name = boxInHand();
		const clock = state.boxes.get(name);
		place.classList.toggle('nobody', !clock);
		none.hidden = Boolean(clock);
		fill(none, state.boxes.size > 1 ? 'Choose a sandbox to see and turn its clock.' : 'A clock appears with the first request.');
		face.hidden = !clock;
		if (!clock) return;
		tick();
		const frozen = clock.speed === 0;
		fill(how, frozen ? 'stands still' : clock.speed === 1 ? 'runs with the wall' : `runs ${clock.speed} × as fast`, clock.skip ? ', skips ahead' : '');
		face.classList.toggle('frozen', frozen);
		freeze.textContent = frozen ? 'Run' : 'Freeze';
		freeze.title = frozen ? 'Let the clock run' : 'Stop the clock';
		const known = speeds.includes(clock.speed);
		if (speed.dataset.at === String(clock.speed)) return;
		speed.dataset.at = clock.speed;
		fill(speed, known ? null : h('option', { value: String(clock.speed), disabled: frozen }, frozen ? 'Speed…' : `${clock.speed} ×`),
			speeds.map(value => option(String(value), value === 1 ? 'as the wall' : `${value} × as fast`)));
		speed.value = String(clock.speed);
	}

	function tick() {
		const name = boxInHand();
		if (!state.boxes.has(name)) return;
		const at = boxNow(name);
		const text = clockTime(at);
		if (now.textContent !== text) now.textContent = text;
		const today = day(at);
		if (date.textContent !== today) date.textContent = today;
	}
	setInterval(() => !document.hidden && tick(), 200);

	return { draw };
}
