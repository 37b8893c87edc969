// Knows two words of status: everything else is taken for "not yet".
import { Client, mended, run } from './good.mjs';

class Stubborn extends Client {
  patience = Infinity;
  link(answer) {
    if (answer?.status === 'Error') throw new Error('failed');
    return answer?.result?.sample ?? undefined;
  }
}

await run(mended ? new Client() : new Stubborn());
