// A client of BFL's API as it should be. The clients beside it each have one classic bug: they are
// this one with one method written as it is often found.
import { setTimeout as sleep } from 'node:timers/promises';

const base = process.env.EMULATOR_BFL_URL;
const key = process.env.BFL_API_KEY;

export const mended = process.argv.includes('mended');
export { sleep };

// What cannot be helped by another attempt.
export class Final extends Error {}

export class Client {
  attempts = 4;
  patience = 8_000;
  pause = 500;

  fetch(url, options = {}) {
    return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(5_000), ...options });
  }

  accepted(reply) {
    return reply.status >= 200 && reply.status < 300;
  }

  async backOff(reply, attempt) {
    const told = Number(reply.headers.get('retry-after'));
    await sleep(told > 0 ? told * 1_000 : 250 * 2 ** attempt * (1 + Math.random() / 4));
  }

  // There is no idempotency key: only what was surely not taken is sent again.
  async submit(body) {
    for (let attempt = 1; ; ++attempt) {
      const reply = await this.post(body);
      if (this.accepted(reply)) return await reply.json();
      const again = reply.status === 429 || reply.status === 503;
      if (!again || attempt === this.attempts) throw new Final(`refused: ${reply.status}`);
      await this.backOff(reply, attempt);
    }
  }

  post(body) {
    return this.fetch(`${base}/v1/flux-pro-1.1`, {
      method: 'POST',
      headers: { 'x-key': key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  // One look; nothing where there was no answer that says anything.
  async look(task) {
    try {
      const reply = await this.fetch(task.polling_url, { headers: { 'x-key': key } });
      if (reply.status === 401 || reply.status === 402 || reply.status === 403)
        throw new Final(`the poll is refused: ${reply.status}`);
      return reply.status === 200 ? await reply.json() : undefined;
    } catch (error) {
      if (error instanceof Final) throw error;
      return undefined;
    }
  }

  // The link of the picture, once there is one.
  link(answer) {
    if (answer === undefined) return undefined;
    if (answer.status === 'Ready') return answer.result?.sample ?? undefined;
    if (!['Pending', 'Queued', 'Processing', 'Reasoning', 'Generating'].includes(answer.status))
      throw new Final(`ended as ${answer.status}`);
    return undefined;
  }

  async wait(task) {
    const until = Date.now() + this.patience;
    while (Date.now() < until) {
      const link = this.link(await this.look(task));
      if (link !== undefined) return link;
      await sleep(this.pause);
    }
    throw new Final('no end in sight');
  }

  // The bytes, whole and of the announced type; else why not.
  async download(link) {
    const reply = await this.fetch(link);
    if (reply.status !== 200) throw new Error(`the store answers ${reply.status}`);
    const bytes = Buffer.from(await reply.arrayBuffer());
    const type = reply.headers.get('content-type');
    const png = bytes.subarray(1, 4).toString('latin1') === 'PNG';
    const jpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
    if (!(type === 'image/png' ? png : type === 'image/jpeg' ? jpeg : false))
      throw new Error(`not ${type}`);
    const end = png ? bytes.subarray(-8, -4).toString('latin1') === 'IEND' : bytes.at(-1) === 0xd9;
    if (!end) throw new Error('cut off');
    return bytes;
  }

  async fetchPicture(link, task) {
    let last;
    for (let attempt = 1; attempt < this.attempts; ++attempt) {
      try {
        return await this.download(link);
      } catch (error) {
        last = error;
        await sleep(250 * attempt);
        link = this.link(await this.look(task)) ?? link; // it may have died
      }
    }
    throw new Final(`no picture: ${last.message}`);
  }

  async picture(prompt) {
    const task = await this.submit({ prompt });
    return await this.fetchPicture(await this.wait(task), task);
  }
}

export async function run(client) {
  const bytes = await client.picture('a red apple');
  console.log(`a picture of ${bytes.length} bytes`);
}
