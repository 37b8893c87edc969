// Waits for an answer for as long as it takes.
import { Client, mended, run } from './good.mjs';

class Patient extends Client {
  fetch(url, options = {}) {
    return fetch(url, { redirect: 'manual', ...options });
  }
}

// Node.js has a limit of five minutes of its own, which helps nobody.
await run(mended ? new Client() : new Patient());
