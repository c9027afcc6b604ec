import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { PostgresHints } from './hints.ts';

/** "You are who you say, and may ask", of PostgreSQL's protocol 3.0. */
const WELCOME = Buffer.concat([
  Buffer.from('R\0\0\0\x08\0\0\0\0', 'latin1'),
  Buffer.from('Z\0\0\0\x05I', 'latin1'),
]);

/** A server that answers nothing by itself. */
async function silentServer(context: TestContext): Promise<{ url: string; next: () => Promise<Socket> }> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return {
    url: `postgres://test@127.0.0.1:${port}/test`,
    next: async () => (await once(server, 'connection'))[0] as Socket,
  };
}

for (const { title, welcome } of [
  { title: 'while it connects', welcome: false },
  { title: 'while it asks to listen', welcome: true },
])
  test(`a close ${title} leaves no connection behind`, async (context) => {
    const { url, next } = await silentServer(context);
    const hints = new PostgresHints(url, () => assert.fail('nothing was said'));
    const connected = next();
    const listening = hints.listen();
    const socket = await connected;
    await once(socket, 'data');
    if (welcome) {
      socket.write(WELCOME);
      await once(socket, 'data');
    }
    socket.resume();
    const gone = once(socket, 'close');
    hints.close();
    await Promise.all([gone, listening]);
  });
