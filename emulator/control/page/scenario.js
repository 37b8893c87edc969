// The scenario of the sandbox in hand: edited, checked as it is typed, and taken.
import { h, fill, hiddenLabel, option, empty, later, tell, tellBad, plural, copyButton, soft, button, mono, escaped } from './dom.js';
import { box, can, get, send, readOnly, showProblem } from './api.js';
import { state, on } from './store.js';

const drafts = new Map();  // what was typed and not applied, by sandbox

// A text area whose wrong places are underlined and whose lines are numbered.
function editor(onInput) {
	const gutter = h('pre.gutter', { 'aria-hidden': 'true' });
	const marks = h('pre.marked', { 'aria-hidden': 'true' });
	const area = h('textarea', { id: 'text', spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off', wrap: 'off', 'aria-describedby': 'problems', readonly: readOnly });
	const element = h('div.editor', gutter, h('div.page', marks, area));
	let problems = [];

	function draw() {
		const lines = area.value.split('\n');
		const worst = new Map();
		for (const one of problems) {
			const list = worst.get(one.line) ?? [];
			list.push(one);
			worst.set(one.line, list);
		}
		const level = line => (worst.get(line)?.some(one => one.level === 'error') ? 'error' : worst.has(line) ? 'warning' : null);
		fill(gutter, lines.map((_, i) => h('span', { class: level(i + 1) }, `${i + 1}\n`)));
		fill(marks, lines.map((line, i) => {
			const here = worst.get(i + 1);
			if (!here) return `${line}\n`;
			const from = Math.min(Math.max(here[0].column - 1, 0), line.length);
			const word = /^\S*/.exec(line.slice(from))[0] || line.slice(from) || ' ';
			return [line.slice(0, from), h('u', { class: here[0].level }, word), line.slice(from + word.length), '\n'];
		}));
		element.style.setProperty('--lines', Math.max(lines.length + 1, 14));
	}
	area.addEventListener('input', () => {
		draw();
		onInput(area.value);
	});
	area.addEventListener('scroll', () => (marks.style.transform = `translateX(${-area.scrollLeft}px)`));
	// Tab indents; Escape first, and Tab leaves.
	let leaving = false;
	area.addEventListener('keydown', event => {
		if (event.key === 'Tab' && !event.shiftKey && !leaving && !readOnly) {
			event.preventDefault();
			area.setRangeText('  ', area.selectionStart, area.selectionEnd, 'end');
			area.dispatchEvent(new Event('input'));
		}
		if (event.key !== 'Shift') leaving = event.key === 'Escape';
	});
	return {
		element,
		area,
		get text() {
			return area.value;
		},
		set text(value) {
			area.value = value;
			draw();
		},
		show(list) {
			problems = list;
			draw();
		},
		go(line, column) {
			const lines = area.value.split('\n');
			const at = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + Math.max(column - 1, 0);
			area.focus();
			area.setSelectionRange(at, at + (/^\S*/.exec(area.value.slice(at))[0].length || 1));
		},
	};
}

// The text with one more rule at the end of its rules.
function withRule(text, rule) {
	const lines = text.trimEnd().split('\n');
	let at = lines.findIndex(line => line.startsWith('rules:'));
	if (at < 0) at = lines.push('rules:') - 1;
	lines[at] = lines[at].replace(/\[\s*\]/, '').trimEnd();
	let end = at + 1;
	let dash;
	for (let i = end; i < lines.length && /^([\s#-]|$)/.test(lines[i]); i++) {
		dash ??= /^\s*-/.exec(lines[i])?.[0];
		if (/^\s*[^\s#]/.test(lines[i])) end = i + 1;
	}
	lines.splice(end, 0, `${dash ?? '  -'} ${rule}`);
	return `${lines.join('\n').trimStart()}\n`;
}

export function room(main, context) {
	const name = context.boxInHand();
	context.title('Scenario');
	if (!name || !state.boxes.has(name)) {
		fill(main, h('h1', 'Scenario'), empty(state.boxes.size > 1 ? 'Choose a sandbox' : 'No sandbox yet', h('p', state.boxes.size > 1
			? 'A scenario belongs to a sandbox; choose one above.' : 'A scenario belongs to a sandbox, which the first request makes.'), name || state.boxes.size > 1 || readOnly ? null : h('form.inline', { onsubmit: event => {
			event.preventDefault();
			const wanted = event.target.elements.fresh.value.trim();
			if (wanted) get(box(wanted)).then(() => (location.hash = `#scenario&sandbox=${escaped(wanted)}`), tellBad);
		} }, h('label', { for: 'fresh' }, 'Make one, by the API key your client uses'), h('input', { id: 'fresh', name: 'fresh', value: 'default', required: true }), h('button.main', 'Make it'))));
		return on('boxes', () => state.boxes.has(context.boxInHand()) && !main.querySelector('form:focus-within') && context.again());
	}
	const about = h('p.soft');
	const verdict = h('p', { id: 'verdict', role: 'status' });
	const list = h('ul', { id: 'problems', class: 'problems' });
	const apply = button('Apply', take, { class: 'main' });
	const revert = button('Revert', () => fetchOwn(true));
	const pick = h('select', { id: 'pick' });
	const aboutPick = h('p.soft');
	const outcomes = h('div.outcomes');
	const write = editor(text => {
		drafts.set(name, text);
		note();
		soon(text);
	});
	let applied = '';

	fill(main, h('h1', 'Scenario of ', mono(name)), about,
		h('div.scenario',
			h('div', h('label', { for: 'text' }, 'Text (YAML)'), write.element, readOnly ? null : h('p.hint.soft', 'Tab indents; Escape, then Tab, leaves the text.'), verdict, list,
				readOnly ? null : h('div.actions', apply, revert, copyButton(() => write.text, 'Copy text'))),
			readOnly ? null : h('aside', { 'aria-label': 'To choose from' },
				h('h2', 'Built in'), hiddenLabel('pick', 'Built-in scenario'), h('div.inline', pick, button('Put into the text', useBuiltIn)), aboutPick,
				h('h2', 'Drop in an outcome'), outcomes)));

	function note() {
		const changed = write.text !== applied;
		apply.disabled = !changed;
		revert.disabled = !changed;
	}

	function showProblems(problems, text) {
		write.show(problems);
		const errors = problems.filter(one => one.level === 'error').length;
		const warnings = problems.length - errors;
		verdict.className = errors ? 'bad' : warnings ? 'warn' : 'good';
		fill(verdict, errors || warnings ? [errors ? plural(errors, 'error') : '', errors && warnings ? ', ' : '', warnings ? plural(warnings, 'warning') : ''] : text === applied ? 'This is what decides now.' : 'Good. Not applied yet.');
		fill(list, problems.slice(0, 100).map(one => h('li', { class: one.level }, button(`line ${one.line}, column ${one.column}`, () => write.go(one.line, one.column), { class: 'link' }), ` ${one.message}`)));
	}

	async function check(text) {
		if (!can('check')) return void fill(verdict, text === applied ? 'This is what decides now.' : 'Problems are told when it is applied.');
		try {
			const { problems } = await send('POST', 'check', text, 'application/yaml');
			if (text === write.text) showProblems(problems, text);
		} catch (problem) {
			showProblem(verdict, problem);
		}
	}
	const soon = later(180, check);

	function showOwn(own) {
		fill(about, own.about || '', own.about ? ' ' : '', mono(`${own.name} · ${own.file}`));
	}

	async function take() {
		const text = write.text;
		try {
			const own = await send('PUT', `${box(name)}/scenario`, text, 'application/yaml');
			applied = own.text;
			drafts.delete(name);
			showOwn(own);
			tell(`Scenario "${own.name}" decides now in ${name}.`);
			note();
			check(text);
		} catch (problem) {
			if (problem.error.errors) showProblems(problem.error.errors.map(one => ({ ...one, level: 'error' })), text);
			tellBad(problem);
		}
	}

	async function fetchOwn(drop) {
		try {
			const own = await get(`${box(name)}/scenario`);
			const before = applied;
			applied = own.text;
			showOwn(own);
			if (drop) drafts.delete(name);
			const draft = drafts.get(name);
			if (draft === undefined || draft === before) {
				drafts.delete(name);
				write.text = own.text;
			} else {
				write.text = draft;
			}
			note();
			check(write.text);
		} catch (problem) {
			showProblem(verdict, problem);
		}
	}

	function put(text) {
		write.text = text;
		drafts.set(name, text);
		note();
		check(text);
	}

	let builtIn = [];
	async function fillPick() {
		({ scenarios: builtIn } = await get('scenarios'));
		fill(pick, builtIn.map(one => option(one.name)));
		const draw = () => fill(aboutPick, builtIn.find(one => one.name === pick.value)?.about ?? '');
		pick.addEventListener('change', draw);
		draw();
	}
	async function useBuiltIn() {
		put((await get(`scenarios/${escaped(pick.value)}`)).text);
		write.area.focus();
		write.area.setSelectionRange(0, 0);
	}

	async function fillOutcomes() {
		const { providers } = await get('providers');
		const who = h('select', { id: 'who', onchange: drawOutcomes }, option('', 'every provider'), providers.map(one => option(one.name)));
		const kinds = h('div');
		fill(outcomes, h('label', { for: 'who' }, 'For '), who, kinds);
		const add = (when, then) => () => {
			const condition = [who.value ? `provider: ${who.value}` : '', when].filter(Boolean).join(', ');
			const next = withRule(write.text, `{ when: { ${condition} }, then: { ${then} } }`);
			put(next);
			tell(`A rule was added: ${then}.`);
			write.area.scrollTop = write.area.scrollHeight;
		};
		function drawOutcomes() {
			const some = who.value ? providers.filter(one => one.name === who.value) : providers;
			const all = key => [...new Set(some.flatMap(one => one[key]))];
			const group = (title, words, then, when = 'on: submit') => words.length === 0 ? null : h('div.group', h('h3', title),
				h('div.chips', words.map(word => button(word.replaceAll('_', ' '), add(when, then(word))))));
			fill(kinds,
				group('The task ends as', all('ends').filter(word => word !== 'succeed'), word => `end: ${word}`),
				group('The submission is refused', all('refusals'), word => `refuse: ${word}`),
				group('It takes', ['run: 20s', 'run: 2s..6s', 'queue: 10s', 'polls: 3'], word => word),
				group('Downloads', ['expired', 'gone', 'forbidden'], word => `links: ${word}`),
				group('Pictures', ['black', 'truncated', 'zero_bytes', 'wrong_type', 'wrong_size', 'bomb'], word => `image: ${word}`),
				group('The wire', ['lost', 'reset', 'hang', 'bad_json'], word => `wire: ${word}`),
				some.some(one => one.webhooks) && group('Webhooks', ['drop', 'bad_signature', 'old_timestamp'], word => `webhook: ${word}`));
		}
		drawOutcomes();
	}
	fetchOwn(false);
	if (!readOnly) {
		fillPick().catch(problem => showProblem(aboutPick, problem));
		fillOutcomes().catch(problem => showProblem(outcomes, problem));
	}
	const stops = [on('scenario', list => list.includes(name) && fetchOwn(false)), on('again', () => fetchOwn(false))];
	return () => stops.forEach(stop => stop());
}
