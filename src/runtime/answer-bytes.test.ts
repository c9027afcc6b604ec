import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { answerBytes } from './answer-bytes.ts';

test('an answer is read up to its bound, decoded, and the rest of a longer one is left', async (context) => {
  const left = Promise.withResolvers<void>();
  const zeros = gzipSync(Buffer.alloc(1_000_000));
  const server = createServer((request, response) => {
    if (request.url === '/packed') response.writeHead(200, { 'content-encoding': 'gzip' }).end(zeros);
    else if (request.url === '/empty') response.writeHead(204).end();
    else {
      response.once('close', () => left.resolve());
      const more = (): void => {
        while (response.write(Buffer.alloc(65_536)));
        response.once('drain', more);
      };
      more();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const of = async (path: string, bytesMax: number) => answerBytes(await fetch(url + path), bytesMax);
  assert.equal((await of('/packed', 1_000_000)).length, 1_000_000);
  await assert.rejects(of('/packed', 999_999), /longer than 999999 bytes/);
  assert.equal((await of('/empty', 0)).length, 0);
  await assert.rejects(of('/endless', 100_000), /longer than 100000 bytes/);
  await left.promise;
});
