import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { cutStalledReaders } from './stalled-readers.ts';

test('a client that takes nothing is cut, one that reads on or has nothing to read is not', async (context) => {
  const server = createServer((request, response) => {
    response.writeHead(200);
    // More than sockets hold on the way.
    if (request.url === '/much') response.write(Buffer.alloc(32 * 1024 * 1024));
    else response.write('a word, and then silence');
  });
  cutStalledReaders(server, { stalledMs: 500, lookMs: 20 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const served: Socket[] = [];
  server.on('connection', (socket) => served.push(socket));
  const ask = async (path: string): Promise<Socket> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    return socket;
  };
  for (const path of ['/silent', '/much']) {
    const socket = await ask(path);
    await once(socket, 'data');
    socket.resume();
  }
  const stalled = await ask('/much');
  await once(stalled, 'readable');
  // It never reads on: only its server can end it.
  await once(served[2] as Socket, 'close');
  assert.deepEqual(
    served.map(({ destroyed }) => destroyed),
    [false, false, true],
  );
  stalled.destroy();
});
