import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { selfSigned } from '../../test/self-signed.ts';
import { cutStalledReaders } from './stalled-readers.ts';

for (const isTls of [false, true])
  test(`a client that takes nothing ${isTls ? 'over TLS ' : ''}is cut, one that reads on or has nothing to read is not`, async (context) => {
    const answer: RequestListener = (request, response) => {
      response.writeHead(200);
      // More than sockets hold on the way.
      if (request.url === '/much') response.write(Buffer.alloc(32 * 1024 * 1024));
      else response.write('a word, and then silence');
    };
    const server = isTls ? createTlsServer(selfSigned('localhost'), answer) : createServer(answer);
    cutStalledReaders(server, { stalledMs: 500, lookMs: 20 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    context.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const served: Socket[] = [];
    server.on('connection', (socket: Socket) => served.push(socket));
    const { port } = server.address() as AddressInfo;
    const ask = (path: string): Socket => {
      const socket = isTls
        ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
        : connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
      return socket;
    };
    for (const path of ['/silent', '/much']) {
      const socket = ask(path);
      await once(socket, 'data');
      socket.resume();
    }
    const stalled = ask('/much');
    await once(stalled, 'readable');
    // It never reads on: only its server can end it.
    await once(served[2] as Socket, 'close');
    assert.deepEqual(
      served.map(({ destroyed }) => destroyed),
      [false, false, true],
    );
    stalled.destroy();
  });
