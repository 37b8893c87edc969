// Tries again at once, whatever Retry-After says.
import { Client, mended, run, sleep } from './good.mjs';

class Hasty extends Client {
  async backOff() {
    await sleep(50);
  }
}

await run(mended ? new Client() : new Hasty());
