// Believes that success is 200 and nothing else.
import { Client, mended, run } from './good.mjs';

class Narrow extends Client {
  accepted(reply) {
    return reply.status === 200;
  }
}

await run(mended ? new Client() : new Narrow());
