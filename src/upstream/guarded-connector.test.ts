import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { buildConnector } from 'undici';
import { guardedConnector } from './guarded-connector.ts';

test('a fault of whoever reads an upstream ends its connection, and nothing else', async (context) => {
  const server = createServer((socket) => socket.end('an answer'));
  context.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as { readonly port: number };
  const connect = guardedConnector(buildConnector({}), () => false);
  const socket = await new Promise<Socket>((resolve, reject) =>
    connect(
      { hostname: '127.0.0.1', port: String(port), protocol: 'http:', host: `127.0.0.1:${port}` },
      (error, opened) => (opened === null ? reject(error) : resolve(opened)),
    ),
  );
  socket.on('readable', () => {
    throw new Error('a state that nobody has thought of');
  });
  const [fault] = await once(socket, 'error');
  assert.match(String(fault), /nobody has thought of/);
  assert.equal(socket.destroyed, true);
});
