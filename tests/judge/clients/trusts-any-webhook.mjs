// Takes whatever comes to its address for the provider's word.
import { createServer } from 'node:http';
import { Client, mended, run, sleep } from './good.mjs';

const secret = 'only the two of us know';

class Told extends Client {
  async picture(prompt) {
    let told;
    const arrived = new Promise(resolve => (told = resolve));
    const receiver = createServer((request, response) => {
      let text = '';
      request.on('data', piece => (text += piece));
      request.on('end', () => {
        const genuine = !mended || request.headers['x-webhook-secret'] === secret;
        response.writeHead(genuine ? 200 : 401).end();
        if (genuine) told();
      });
    });
    await new Promise(resolve => receiver.listen(0, '127.0.0.1', resolve));
    const task = await this.submit({
      prompt,
      webhook_url: `http://127.0.0.1:${receiver.address().port}/done`,
      webhook_secret: secret,
    });
    task.polling_url = `${process.env.EMULATOR_BFL_URL}/v1/get_result?id=${task.id}`;
    await Promise.race([arrived, sleep(3_000)]);
    const bytes = await this.fetchPicture(await this.wait(task), task);
    receiver.close();
    receiver.closeAllConnections();
    return bytes;
  }
}

await run(new Told());
