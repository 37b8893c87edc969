// wrk, and our own generator for what wrk cannot do. Each returns requests a second, latencies in
// milliseconds, errors, and requests per second of the server's processor time.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from './servers.mjs';

function run(command, args, input) {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.join(' ')}: ${error.message}\n${stderr}`));
      else resolve({ stdout, stderr });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });
}

const report = `
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\n{"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"max":%.3f,"errors":%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
`;

function figures(result, cpu) {
  return { ...result, rate: result.requests / result.seconds, perCpu: cpu > 0 ? result.requests / cpu : null, cpu };
}

const lua = (text) => JSON.stringify(text).replace(/\\u00/g, '\\x');

// One request over and over, or, with `paths`, each of them in turn; with `secure`, over TLS.
export async function wrk(server, { path, paths, method = 'GET', body, headers = {}, connections, seconds, close = false, secure = false }) {
  const all = { ...headers, ...(close && { connection: 'close' }), ...(body && { 'content-type': 'application/json' }) };
  const lines = [`wrk.method=${lua(method)}`, ...Object.entries(all).map(([name, value]) => `wrk.headers[${lua(name)}]=${lua(value)}`)];
  if (body) lines.push(`wrk.body=${lua(JSON.stringify(body))}`);
  if (paths) {
    lines.push(`local paths={${paths.map(lua).join(',')}}`, 'local at=0',
      'request=function() at=at%#paths+1; return wrk.format(nil, paths[at]) end');
  }
  const script = join(scratch, 'wrk.lua');
  writeFileSync(script, lines.join('\n') + report);
  const before = server.cpu();
  const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', '-s', script,
    `${secure ? 'https' : 'http'}://127.0.0.1:${server.port}${path ?? paths[0]}`]);
  return figures(JSON.parse(stdout.trim().split('\n').at(-1)), server.cpu() - before);
}

export function rawRequest(server, { path, method = 'GET', body, headers = {} }) {
  const text = body ? JSON.stringify(body) : '';
  const lines = [`${method} ${path} HTTP/1.1`, `host: 127.0.0.1:${server.port}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  if (text) lines.push('content-type: application/json', `content-length: ${Buffer.byteLength(text)}`);
  return `${lines.join('\r\n')}\r\n\r\n${text}`;
}

// bench_load: paced, count, lifecycle, whole or stream. `ids` holds what `count` was given.
export async function load(tool, server, mode, words, request) {
  const before = server.cpu();
  const { stdout, stderr } = await run(tool, [mode, String(server.port), ...words.map(String)], request && rawRequest(server, request));
  return { ...figures(JSON.parse(stdout), server.cpu() - before), ids: stderr.split('\n').filter(Boolean) };
}
