// What WireMock, Mockoon and Prism need to answer the two requests of the benchmark: fal's
// submission and its status, with bodies as long as ours.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const id = '019a0000-0000-7000-8000-000000000000';
export const model = '/fal/fal-ai/flux-2';
const address = `http://127.0.0.1:4242/queue.fal.run/fal-ai/flux-2/requests/${id}`;
const links = { response_url: address, status_url: `${address}/status`, cancel_url: `${address}/cancel` };
const submitted = { status: 'IN_QUEUE', request_id: id, ...links, logs: null, metrics: {}, queue_position: 0 };
const status = { status: 'COMPLETED', request_id: id, ...links, logs: null, metrics: { inference_time: 0 } };
export const statusPath = `${model}/requests/${id}/status`;

function wiremock(folder) {
  mkdirSync(join(folder, 'mappings'), { recursive: true });
  const json = (body) => ({ status: 200, jsonBody: body, headers: { 'content-type': 'application/json' } });
  const mappings = [
    { request: { method: 'POST', urlPath: model, bodyPatterns: [{ matchesJsonPath: '$.prompt' }] }, response: json(submitted) },
    { request: { method: 'GET', urlPathPattern: `${model}/requests/[^/]+/status` }, response: json(status) },
  ];
  writeFileSync(join(folder, 'mappings', 'fal.json'), JSON.stringify({ mappings }));
  return folder;
}

function mockoon(file, port) {
  const route = (uuid, method, endpoint, body) => ({
    uuid, type: 'http', documentation: '', method, endpoint, responseMode: null, streamingMode: null, streamingInterval: 0,
    responses: [{
      uuid: `${uuid}-r`, body: JSON.stringify(body), latency: 0, statusCode: 200, label: '',
      headers: [{ key: 'Content-Type', value: 'application/json' }], bodyType: 'INLINE', filePath: '', databucketID: '',
      sendFileAsBody: false, rules: [], rulesOperator: 'OR', disableTemplating: true, fallbackTo404: false,
      default: true, crudKey: 'id', callbacks: [],
    }],
  });
  const path = model.slice(1);
  const routes = [route('a', 'post', path, submitted), route('b', 'get', `${path}/requests/:id/status`, status)];
  writeFileSync(file, JSON.stringify({
    uuid: 'bench', lastMigration: 33, name: 'bench', endpointPrefix: '', latency: 0, port, hostname: '127.0.0.1', folders: [],
    routes, rootChildren: routes.map(({ uuid }) => ({ type: 'route', uuid })), proxyMode: false, proxyHost: '',
    proxyRemovePrefix: false, tlsOptions: { enabled: false, type: 'CERT', pfxPath: '', certPath: '', keyPath: '', caPath: '', passphrase: '' },
    cors: false, headers: [], proxyReqHeaders: [], proxyResHeaders: [], data: [], callbacks: [],
  }));
  return file;
}

function prism(file) {
  const answer = (example) => ({ 200: { description: 'ok', content: { 'application/json': { schema: { type: 'object' }, example } } } });
  const body = { required: true, content: { 'application/json': { schema: { type: 'object', required: ['prompt'], properties: { prompt: { type: 'string' } } } } } };
  writeFileSync(file, JSON.stringify({
    openapi: '3.1.0', info: { title: 'bench', version: '1' },
    paths: {
      [model]: { post: { requestBody: body, responses: answer(submitted) } },
      [`${model}/requests/{id}/status`]: {
        get: { parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }], responses: answer(status) },
      },
    },
  }));
  return file;
}

export const configure = { wiremock, mockoon, prism };
