import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { EndpointEmbedder } from './endpoint-embedder.ts';

test('a redirect is not followed: neither the key nor a text goes elsewhere', async (context) => {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(request.url ?? '');
    if (request.url === '/moved') response.end('{"data":[{"embedding":[1,0]}]}');
    else response.writeHead(307, { location: '/moved' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const opened = EndpointEmbedder.open(`http://127.0.0.1:${port}/v1/embeddings#m`, {
    key: 'an-invented-key',
  });
  await assert.rejects(opened, { code: 'embedder_failed', message: /redirect/ });
  assert.deepEqual(heard, ['/v1/embeddings']);
});
