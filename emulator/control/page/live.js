// The one stream of events; when it breaks it goes on where it was.
import { ask } from './api.js';

const beat = 15_000;
const pauseWhenHidden = 60_000;

// `on.event(kind, data)` for every event, `on.state('live' | 'lost' | 'paused')`.
export function follow(on) {
	let last = '';
	let stop = new AbortController();
	let wake = () => {};
	let hidden;
	let wait = 250;

	document.addEventListener('visibilitychange', () => {
		clearTimeout(hidden);
		if (document.hidden) hidden = setTimeout(() => stop.abort(), pauseWhenHidden);
		else wake();
	});
	addEventListener('online', () => wake());

	const seen = () => new Promise(resolve => (wake = resolve));
	const soon = ms => Promise.race([seen(), new Promise(resolve => setTimeout(resolve, ms))]);

	function take(text) {
		let kind = 'message', data = '', id;
		for (const line of text.split('\n')) {
			if (line.startsWith('event: ')) kind = line.slice(7);
			else if (line.startsWith('data: ')) data += line.slice(6);
			else if (line.startsWith('id: ')) id = line.slice(4);
		}
		if (id !== undefined) last = id;
		if (data) on.event(kind, JSON.parse(data));
	}

	async function read() {
		stop = new AbortController();
		let quiet;
		const heard = () => {
			clearTimeout(quiet);
			quiet = setTimeout(() => stop.abort(), beat * 2.5);
		};
		heard();
		try {
			const response = await ask('events', { headers: last ? { 'last-event-id': last } : {}, signal: stop.signal });
			// The key in this page was that of the emulator's last start.
			if (response.headers.get('x-emulator-error') === 'not_our_page' && performance.now() > 3000) location.reload();
			if (!response.ok) throw new Error(`answered ${response.status}`);
			const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
			let rest = '';
			for (;;) {
				const { done, value } = await reader.read();
				if (done) return;
				heard();
				on.state('live');
				wait = 250;
				rest += value;
				const parts = rest.split('\n\n');
				rest = parts.pop();
				for (const part of parts) if (part !== ':') take(part);
			}
		} finally {
			clearTimeout(quiet);
		}
	}

	(async () => {
		for (;;) {
			await read().catch(() => {});
			if (document.hidden) {
				on.state('paused');
				await seen();
			} else {
				on.state('lost');
				await soon(wait);
				wait = Math.min(wait * 2, 4000);
			}
		}
	})();
}
