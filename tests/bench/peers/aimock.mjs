// aimock's fal queue, by its own API: node aimock.mjs PORT
import { LLMock } from '@copilotkit/aimock';

const mock = new LLMock({ port: Number(process.argv[2]), host: '127.0.0.1', logLevel: 'silent' });
mock.onFalImage(/.*/, { images: [{ url: 'https://v3.fal.media/files/a/b.jpeg' }] });
await mock.start();
