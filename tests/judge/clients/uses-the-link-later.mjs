// Keeps the link, and fetches the picture when somebody wants to see it.
import { Client, mended, run, sleep } from './good.mjs';

class Late extends Client {
  async picture(prompt) {
    const task = await this.submit({ prompt });
    const link = await this.wait(task);
    await sleep(1_600);
    const reply = await this.fetch(link);
    return Buffer.from(await reply.arrayBuffer());
  }
}

await run(mended ? new Client() : new Late());
