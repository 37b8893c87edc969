// Figures of the page with many tasks; run by hand, for docs/page.md:
//
//   node page_figures.mjs [TASKS] [RUNS]        10000 tasks, 7 runs
//
// Each run opens the page anew, times the first paint and the first pictures, waits until everything
// is held, scrolls from the top to the end and through half of it by the wheel, and looks at every frame.
import { startEmulator } from '../clients/emulator.mjs';
import { openBrowser } from './browser.mjs';
import { heap, holds, many, openPage } from './page.mjs';

const count = Number(process.argv[2] ?? 10_000);
const runs = Number(process.argv[3] ?? 7);
const emulator = await startEmulator({ args: ['--log', 'off', '--max-journal', '20000'] });
const browser = await openBrowser();

await many(emulator, 'many', count);

const median = list => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

// In the page: scrolls, and looks at every frame.
async function scrolled(way) {
  const main = document.getElementById('main');
  const frames = [];
  let last = performance.now();
  const end = main.scrollHeight - main.clientHeight;
  main.scrollTop = 0;
  await new Promise(resolve => requestAnimationFrame(resolve));
  last = performance.now();
  // To the end in four seconds, or as a wheel goes: 120 pixels a frame.
  const began = last;
  await new Promise(resolve => {
    const frame = now => {
      frames.push(now - last);
      last = now;
      main.scrollTop = way === 'through' ? (end * (now - began)) / 4000 : main.scrollTop + 120;
      if (now - began < 4000) requestAnimationFrame(frame);
      else resolve();
    };
    requestAnimationFrame(frame);
  });
  frames.shift();
  return { frames: frames.length, longest: Math.max(...frames), over: frames.filter(one => one > 50).length };
}

async function once() {
  const at = await openPage(browser, emulator, '#tasks&sandbox=many');
  const { page } = at;
  await page.locator('.tile').first().waitFor();
  const tiles = await page.evaluate(() => performance.now());
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime);
  await page.waitForFunction(() => document.querySelector('.frame.there'));
  const pictures = await page.evaluate(() => performance.now());
  await holds(page, count);
  const held = await page.evaluate(() => performance.now());
  // How long the thread of the page ran on a processor, whatever else the machine did.
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const worked = async () => (await session.send('Performance.getMetrics')).metrics.find(one => one.name === 'TaskDuration').value * 1000;
  const scroll = async kind => {
    const before = await worked();
    const seen = await page.evaluate(scrolled, kind);
    return { ...seen, work: (await worked() - before) / seen.frames };
  };
  const through = await scroll('through');
  const wheel = await scroll('wheel');
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
  const bytes = await heap(page);
  await at.close();
  return { paint, tiles, pictures, held, through, wheel, nodes, heap: bytes / 2 ** 20 };
}

const all = [];
for (let i = 0; i < runs; i++) {
  all.push(await once());
  console.log(JSON.stringify(all.at(-1)));
}
const of = pick => Math.round(median(all.map(pick)) * 10) / 10;
console.log(`median of ${runs} runs, ${count} tasks and requests:
first paint ${of(one => one.paint)} ms; first tiles ${of(one => one.tiles)} ms; first picture ${of(one => one.pictures)} ms; everything held ${of(one => one.held)} ms
scrolled through: longest frame ${of(one => one.through.longest)} ms, frames over 50 ms: ${of(one => one.through.over)} of ${of(one => one.through.frames)}, ${of(one => one.through.work)} ms of work a frame
by the wheel: longest frame ${of(one => one.wheel.longest)} ms, frames over 50 ms: ${of(one => one.wheel.over)} of ${of(one => one.wheel.frames)}, ${of(one => one.wheel.work)} ms of work a frame
${of(one => one.nodes)} elements, ${of(one => one.heap)} MiB of JavaScript heap`);
await browser.close();
await emulator.stop();
