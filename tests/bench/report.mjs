// Figures into tables and a drawing.
const own = 'provider-emulator';

const sorted = (values) => [...values].sort((a, b) => a - b);
export const median = (values) => {
  const all = sorted(values);
  const middle = all.length >> 1;
  return all.length % 2 ? all[middle] : (all[middle - 1] + all[middle]) / 2;
};
const pick = (runs, field) => (runs ?? []).map((run) => run[field]).filter((value) => value !== null && value !== undefined);
const whole = (value) => Math.round(value).toLocaleString('en-US');
const short = (value) => (value >= 100 ? whole(value) : value.toFixed(value >= 10 ? 1 : 2));
const spread = (values, print) => `${print(median(values))} (${print(Math.min(...values))} to ${print(Math.max(...values))})`;

// Ratios are taken within a round and then their median, so that a slow round counts against both.
export function ratio(results, a, b, what, field = 'rate') {
  const [ours, theirs] = [pick(results[a]?.[what], field), pick(results[b]?.[what], field)];
  const count = Math.min(ours.length, theirs.length);
  return count === 0 ? null : median(Array.from({ length: count }, (_, i) => ours[i] / theirs[i]));
}

function table(head, rows) {
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
}

function compared(results, what) {
  const rows = Object.keys(results).filter((name) => results[name][what]).map((name) => {
    const runs = results[name][what];
    const times = ratio(results, own, name, what);
    return [name, spread(pick(runs, 'rate'), whole), whole(median(pick(runs, 'perCpu').length ? pick(runs, 'perCpu') : [0])),
      spread(pick(runs, 'p99'), short), String(Math.max(...pick(runs, 'errors'))), name === own ? '' : `${times.toFixed(2)} x`];
  });
  return table(['server', 'per second', 'per second of its processor time', 'p99, ms', 'errors', 'ours is'], rows);
}

function alone(results, names) {
  const rows = names.filter((what) => results[own]?.[what]).map((what) => {
    const runs = results[own][what];
    return [what, spread(pick(runs, 'rate'), whole), whole(median(pick(runs, 'perCpu').length ? pick(runs, 'perCpu') : [0])),
      spread(pick(runs, 'p50'), short), spread(pick(runs, 'p99'), short), String(Math.max(...pick(runs, 'errors')))];
  });
  return table(['workload', 'per second', 'per second of processor time', 'p50, ms', 'p99, ms', 'errors'], rows);
}

export function tables({ date, machine, rounds, seconds, minutes, settings, results }) {
  const all = Object.keys(results[own] ?? {});
  const shared = ['poll, 64', 'poll, 1000', 'submit, 64', 'submit, 1000', 'lifecycle, 64']
    .filter((what) => Object.values(results).filter((of) => of[what]).length > 1);
  const parts = [`${date}; ${machine}; ${rounds} rounds of ${seconds} s a measure, ${minutes.toFixed(0)} minutes. Median (smallest to largest) of the rounds.\n`];
  for (const what of shared) parts.push(`**${what.replace(', ', ', connections: ')}**\n`, compared(results, what), '');
  parts.push('**provider-emulator, every workload**\n', alone(results, all.filter((what) => ['rate', 'p99'].every((field) => pick(results[own][what], field).length))), '');
  parts.push('Settings:\n', ...Object.entries(settings).filter(([name]) => results[name]).map(([name, text]) => `- ${name}: ${text}`), '');
  return parts.join('\n');
}

// The bars that were set, and what was reached.
export function reachTable({ results }) {
  const ours = results[own] ?? {};
  const rows = [];
  const row = (name, bar, value, print, met) => {
    if (value !== null && value !== undefined && !Number.isNaN(value)) rows.push([name, bar, print(value), met(value) ? 'yes' : 'no']);
  };
  const times = (value) => `${value.toFixed(2)} x`;
  const times3 = (value) => `${value.toFixed(3)} x`;
  const atLeast = (bar) => (value) => value >= bar;
  const atMost = (bar) => (value) => value <= bar;
  const middle = (what, field) => (ours[what] ? median(pick(ours[what], field)) : null);
  const errors = (what) => Math.max(...pick(ours[what], 'errors'));
  row('poll throughput, 64 connections, to aimock', '>= 5 x', ratio(results, own, 'aimock', 'poll, 64'), times, atLeast(5));
  row('the same to WireMock', '>= 15 x', ratio(results, own, 'WireMock', 'poll, 64'), times, atLeast(15));
  row('the same to Beast alone', '>= 0.8 x', ratio(results, own, 'Beast alone', 'poll, 64'), times, atLeast(0.8));
  row('the same to bare epoll, which parses nothing', '>= 0.55 x', ratio(results, own, 'bare epoll', 'poll, 64'), times, atLeast(0.55));
  row('submit throughput, 64 connections, to aimock', '>= 5 x', ratio(results, own, 'aimock', 'submit, 64'), times, atLeast(5));
  row('p99 of polls, 1,000 connections', '<= 30 ms', middle('poll, 1000', 'p99'), (v) => `${short(v)} ms, errors ${errors('poll, 1000')}`, atMost(30));
  row('10,000 pollers, one poll each per 2 s: p99', '<= 50 ms', middle('pollers every 2 s', 'p99'), (v) => `${short(v)} ms, errors ${errors('pollers every 2 s')}`, atMost(50));
  row('the same: most memory', '<= 150 MiB', middle('pollers every 2 s', 'peak'), (v) => `${short(v / 2 ** 20)} MiB`, atMost(150 * 2 ** 20));
  const held = ours['beside 200 held'];
  row('p99 of polls beside 200 held replies, to alone', '<= 1.1 x', held && median(held.map((run) => run.p99 / run.alone)), times, atMost(1.1));
  const journal = ours.journal;
  row('poll throughput with the journal, to without', '>= 0.9 x', journal && median(journal.map((run) => run.rate / run.off)), times, atLeast(0.9));
  for (const [what, name] of [['polite polls', 'polls'], ['accused polls', 'polls that are each accused'], ['submit', 'submissions']]) {
    const judged = ours[`judge, ${what}`];
    const bar = what === 'polite polls';
    row(`throughput of ${name} with findings, to without`, bar ? '>= 0.97 x' : '', judged && median(judged.map((run) => run.rate / run.off)), times3, bar ? atLeast(0.97) : () => true);
    row('the same per second of processor time', bar ? '>= 0.97 x' : '', judged && median(judged.map((run) => run.perCpu / run.offPerCpu)), times3, bar ? atLeast(0.97) : () => true);
  }
  for (const [what, name, bar] of [['submit', 'submissions', 0.5], ['polls', 'polls', 0.9]]) {
    const kept = ours[`state, ${what}`];
    row(`throughput of ${name} with a file of state, to without`, `>= ${bar} x`, kept && median(kept.map((run) => run.rate / run.off)), times, atLeast(bar));
  }
  row('start to first answer with 100,000 tasks in the file', '<= 30 ms', middle('state, start', 'startMs'), (v) => `${short(v)} ms`, atMost(30));
  row('the first poll of one of these, all of one key', '', middle('state, start', 'pollMs'), (v) => `${short(v)} ms`, () => true);
  for (const [what, name] of [['beside webhooks', 'p99 of polls'], ['paced beside webhooks', 'p99 of 4,000 paced polls a second']]) {
    const toAlone = (field, alone = 'alone') => ours[what] && median(ours[what].map((run) => run[field] / run[alone]));
    row(`${name} beside 10,000 webhooks to a slow receiver, to alone`, '<= 1.2 x', toAlone('p99'), times, atMost(1.2));
    row('the same beside as many requests of a bare sender', '', toAlone('bare'), times, () => true);
    row('p99 of each 500 such polls in a row, beside the webhooks, to alone', '<= 1.2 x', toAlone('rows', 'rowsAlone'), times, atMost(1.2));
    row('the same beside the bare sender', '', toAlone('rowsBare', 'rowsAlone'), times, () => true);
  }
  for (const [kind, bar] of [['JPEG 2752x1536', 500], ['PNG 2752x1536', 300]])
    row(`${kind}, distinct, per second of processor time`, `>= ${bar}`, middle(`picture, ${kind}`, 'perCpu'), whole, atLeast(bar));
  for (const [method, name] of [['none', 'no picture'], ['HEAD', 'a picture of 2048x2048 asked about'], ['GET', 'the picture fetched']])
    row(`lifecycles with a webhook and ${name}, per second of processor time`, '>= 10,000', middle(`whole lifecycle, ${method}`, 'perCpu'), whole, atLeast(10_000));
  row('start to first answer', '<= 4 ms', middle('start', 'startMs'), (v) => `${short(v)} ms`, atMost(4));
  row('idle memory', '<= 7 MiB', middle('start', 'idleMiB'), (v) => `${short(v)} MiB`, atMost(7));
  row('SIGTERM to exit, idle', '<= 50 ms', middle('start', 'stopMs'), (v) => `${short(v)} ms`, atMost(50));
  const [few, many] = ['poll among 1000 tasks', 'poll among 1000000 tasks'];
  row('memory per live task', '<= 600 bytes', middle(many, 'each'), (v) => `${whole(v)} bytes`, atMost(600));
  if (ours[few] && ours[many])
    row('poll at 1,000,000 tasks to 1,000, processor time', '<= 1.2 x', middle(few, 'perCpu') / middle(many, 'perCpu'), times, atMost(1.2));
  const tls = 'poll over TLS';
  row('keep-alive polls over TLS, to plain', '>= 0.7 x', middle(tls, 'ofPlain'), times, atLeast(0.7));
  row('the same per second of processor time', '', middle(tls, 'ofPlainCpu'), times, () => true);
  for (const version of ['TLSv1.2', 'TLSv1.3'])
    for (const [more, bar] of [['', 400], [', taken up again', 1000]])
      row(`handshakes, ${version}${more}, per second of processor time`, `>= ${whole(bar)}`, middle(`handshakes, ${version}${more}`, 'perCpu'), whole, atLeast(bar));
  const mib = (value) => `${short(value / 2 ** 20)} MiB`;
  row('first handshake, CA and certificate made', '<= 20 ms', middle('first handshake', 'ms'), (v) => `${short(v)} ms`, atMost(20));
  row('idle memory before the first TLS byte', '<= 7 MiB', middle('first handshake', 'idle'), mib, atMost(7 * 2 ** 20));
  row('the same behind the first handshake', '', middle('first handshake', 'after'), mib, () => true);
  const kib = (value) => `${short(value / 1024)} KiB`;
  row('memory per idle TLS connection', '<= 40 KiB', middle('idle connections over TLS', 'each'), kib, atMost(40 * 1024));
  row('the same without TLS', '', middle('idle connections, plain', 'each'), kib, () => true);
  row('a tunnel that is passed on, MB a second', '>= 300', middle('tunnel passed on', 'mbs'), whole, atLeast(300));
  row('sender and reader without a tunnel, MB a second', '', middle('tunnel passed on', 'direct'), whole, () => true);
  row('memory per idle connection', '', middle('idle connections', 'each'), (v) => `${whole(v)} bytes`, () => true);
  return `**Reach**\n\n${table(['measure', 'bar', 'here', 'met'], rows)}\n`;
}

const palette = { [own]: '#2563eb', 'bare epoll': '#9ca3af', 'Beast alone': '#9ca3af' };

// Horizontal bars of throughput, one panel a workload.
export function drawing({ results, machine, date }) {
  const panels = ['poll, 64', 'submit, 64', 'lifecycle, 64'].filter((what) => results[own]?.[what]);
  const [width, left, bar, gap] = [820, 170, 18, 8];
  const out = [];
  let y = 34;
  for (const what of panels) {
    const rows = Object.keys(results).filter((name) => results[name][what])
      .map((name) => [name, median(pick(results[name][what], 'rate'))]).sort((a, b) => b[1] - a[1]);
    const most = rows[0][1];
    out.push(`<text x="12" y="${y}" font-weight="bold">${what.replace(', ', ', connections: ')}, per second</text>`);
    y += 12;
    for (const [name, rate] of rows) {
      const length = Math.max(1, (rate / most) * (width - left - 110));
      out.push(`<text x="${left - 8}" y="${y + 14}" text-anchor="end">${name}</text>`,
        `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${bar}" rx="2" fill="${palette[name] ?? '#f59e0b'}"/>`,
        `<text x="${(left + length + 6).toFixed(1)}" y="${y + 14}">${whole(rate)}</text>`);
      y += bar + gap;
    }
    y += 28;
  }
  out.push(`<text x="12" y="${y - 6}" fill="#6b7280" font-size="11">${date}; ${machine.replace(/[<&>]/g, '')}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 8}" viewBox="0 0 ${width} ${y + 8}" font-family="system-ui, sans-serif" font-size="13">\n<rect width="100%" height="100%" fill="white"/>\n${out.join('\n')}\n</svg>\n`;
}
