// A list of which only what is in view has elements. Items are shown the newest
// first; while somebody has scrolled down, new ones wait, so that nothing moves under the eyes.
import { button, fill, plural } from './dom.js';

const spare = 3;  // rows beyond the edges
const edge = 8;   // pixels about what keys lead to, for its outline

// look: { host, scroller, count(), item(i) the i-th from the oldest, key(item), make(item),
//         update(element, item), columns(), rowHeight(), what }
export class WindowedList {
	constructor(look) {
		Object.assign(this, look);
		this.live = new Map();
		this.hidden = 0;
		this.newest = undefined;  // the key of the newest item shown
		this.news = button('', () => {
			this.hidden = 0;
			this.scroller.scrollTop = 0;
			this.render();
			this.host.querySelector('a, button')?.focus({ preventScroll: true });
		}, { class: 'news', hidden: true });
		this.host.before(this.news);
		this.onScroll = () => this.schedule();
		this.scroller.addEventListener('scroll', this.onScroll, { passive: true });
		this.host.addEventListener('keydown', event => this.onKey(event));
		this.size = new ResizeObserver(() => this.schedule());
		this.size.observe(this.host);
	}

	close() {
		this.scroller.removeEventListener('scroll', this.onScroll);
		this.size.disconnect();
		for (const element of this.live.values()) element.left?.();
	}

	schedule() {
		if (this.waiting) return;
		this.waiting = requestAnimationFrame(() => {
			this.waiting = undefined;
			this.render();
		});
	}

	// The list has become another one, by a filter for instance.
	restart() {
		this.hidden = 0;
		this.scroller.scrollTop = 0;
		this.render();
	}

	// Items came, went or changed. The one that was the newest in view stays so.
	refresh() {
		const count = this.count();
		this.hidden = 0;
		if (this.scrolled() && this.newest !== undefined) {
			let i = count - 1;
			while (i >= 0 && this.key(this.item(i)) !== this.newest) i--;
			this.hidden = i < 0 ? 0 : count - 1 - i;
		}
		this.render();
	}

	scrolled() {
		return this.scroller.scrollTop > this.host.offsetTop + 8;
	}

	// From the item in focus on, by as many as the key says: Tab alone would take 10,000 steps.
	onKey(event) {
		const columns = this.columns();
		const page = Math.max(Math.floor(this.scroller.clientHeight / this.rowHeight()), 1) * columns;
		const by = { ArrowUp: -columns, ArrowDown: columns, ArrowLeft: -1, ArrowRight: 1, PageUp: -page, PageDown: page, Home: -1e9, End: 1e9 }[event.key];
		if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
		event.preventDefault();
		const i = Math.max(Math.min(event.target.closest('li').at + by, this.count() - this.hidden - 1), 0);
		const height = this.rowHeight();
		const top = this.host.offsetTop + Math.floor(i / columns) * height;
		this.scroller.scrollTop = i === 0 ? 0 : Math.min(Math.max(this.scroller.scrollTop, top + height + edge - this.scroller.clientHeight), top - edge);
		this.render();
		for (const element of this.live.values()) if (element.at === i) element.querySelector('a').focus({ preventScroll: true });
	}

	render() {
		if (!this.host.isConnected) return;
		if (this.hidden > 0 && this.scroller.scrollTop <= 1) this.hidden = 0;
		this.news.hidden = this.hidden === 0;
		if (this.hidden > 0) fill(this.news, `↑ ${plural(this.hidden, `new ${this.what}`)}`);
		const shown = this.count() - this.hidden;
		this.newest = shown > 0 ? this.key(this.item(shown - 1)) : undefined;
		const columns = this.columns();
		const height = this.rowHeight();
		const rows = Math.ceil(shown / columns);
		this.host.style.height = `${rows * height}px`;
		const top = this.scroller.scrollTop - this.host.offsetTop;
		const first = Math.max(Math.floor(top / height) - spare, 0);
		const last = Math.min(Math.ceil((top + this.scroller.clientHeight) / height) + spare, rows);
		const from = first * columns;
		const inView = new Map();
		for (let i = from; i < Math.min(last * columns, shown); i++) {
			const item = this.item(shown - 1 - i);
			inView.set(this.key(item), item);
		}
		// What has the focus stays, or the keyboard would be lost; nothing before it may be moved.
		const focused = this.host.contains(document.activeElement) ? document.activeElement.closest('li') : null;
		let at = focused ? 0 : shown;
		while (at < shown && this.key(this.item(shown - 1 - at)) !== focused.key) at++;
		if (at < shown) place(focused, at, columns, height, shown);
		for (const [key, element] of this.live) {
			if (inView.has(key) || (element === focused && at < shown)) continue;
			element.left?.();
			element.remove();
			this.live.delete(key);
		}
		let before = at < from ? focused : null;
		let i = from;
		for (const [key, item] of inView) {
			let element = this.live.get(key);
			if (!element) {
				element = this.make(item);
				element.key = key;
				this.live.set(key, element);
			}
			this.update(element, item);
			place(element, i++, columns, height, shown);
			const next = before ? before.nextSibling : this.host.firstChild;
			if (next !== element) this.host.insertBefore(element, next);
			before = element;
		}
	}
}

function place(element, i, columns, height, count) {
	const style = element.style;
	const top = `${Math.floor(i / columns) * height}px`;
	if (style.top !== top) style.top = top;
	const left = `${((i % columns) * 100) / columns}%`;
	if (style.left !== left) style.left = left;
	const width = `${100 / columns}%`;
	if (style.width !== width) style.width = width;
	if (element.at === i && element.of === count) return;
	element.at = i;
	element.of = count;
	element.setAttribute('aria-posinset', i + 1);
	element.setAttribute('aria-setsize', count);
}
