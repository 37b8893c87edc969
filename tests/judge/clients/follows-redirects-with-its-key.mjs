// Follows wherever a poll is sent to, and shows its key there.
import { Client, mended, run } from './good.mjs';

class Trusting extends Client {
  fetch(url, options = {}) {
    return super.fetch(url, { ...options, redirect: 'follow' });
  }
}

await run(mended ? new Client() : new Trusting());
