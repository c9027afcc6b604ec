// Who asks for a WebSocket and hangs up the hard way (RST), at any moment of it: a socket's error that nobody hears would
// end the process, or the dashboard's thread.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { startMountServer } from '../../src/recorder/mount-server.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
before(async () => {
  app = await startTestApp();
});
after(() => app?.close());

const upgrade = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;

/** The server's end of a connection on which all of it was asked and answered, and the first words of the answer. */
async function answered(
  url: string,
  asked: string,
): Promise<{ readonly end: Socket; readonly text: string }> {
  const { hostname, port } = new URL(url);
  const ends: Socket[] = [];
  const take = (message: unknown): void => void ends.push((message as { socket: Socket }).socket);
  subscribe('net.server.socket', take);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => {});
  socket.write(asked);
  const [text] = (await once(socket, 'data')) as [Buffer];
  unsubscribe('net.server.socket', take);
  const end = ends.find(({ remotePort }) => remotePort === socket.localPort);
  assert.ok(end !== undefined);
  return { end, text: text.toString('latin1') };
}

test('a client that is reset behind the refusal of its WebSocket is nobody’s fault', async (context) => {
  const recorder = await startMountServer(async () => {});
  context.after(() => recorder.close());
  for (const [url, path, status] of [
    [app.proxyUrl, '/nowhere', 404],
    [app.proxyUrl, '/openai/../realtime', 400],
    [app.proxyUrl, '/openai/v1/realtime?model=gpt-realtime', 101],
    [recorder.url, '/openai/v1/realtime', 501],
    [app.provider.url, '/v1/realtime', 101],
  ] as const) {
    const { end, text } = await answered(url, upgrade(path));
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `), path);
    // An error that nobody listens for is thrown, and fails this test.
    end.destroy(new Error('read ECONNRESET'));
    if (!end.closed) await once(end, 'close');
  }
});

test('a dashboard’s socket that is reset while it is refused or opened takes nothing with it', async (context) => {
  const { hostname, port } = new URL(app.dashboardUrl);
  const open = async (path: string): Promise<{ readonly socket: Socket; readonly text: string }> => {
    const socket = connect(Number(port), hostname).on('error', () => {});
    socket.write(upgrade(path));
    const [text] = (await once(socket, 'data')) as [Buffer];
    return { socket, text: text.toString('latin1') };
  };
  const reset = (path: string): Promise<unknown> =>
    Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const socket = connect(Number(port), hostname).on('error', () => {});
        await once(socket, 'connect');
        socket.write(upgrade(path));
        if (index % 2 === 0) await once(socket, 'data');
        socket.resetAndDestroy();
      }),
    );
  await reset('/nowhere');
  await reset('/ws/live');
  // And where there is no room for more.
  const pages: Socket[] = [];
  context.after(() => pages.map((socket) => socket.destroy()));
  for (let isFull = false; !isFull; ) {
    const come = await Promise.all(Array.from({ length: 50 }, () => open('/ws/live')));
    pages.push(...come.map(({ socket }) => socket));
    isFull = come.some(({ text }) => text.startsWith('HTTP/1.1 503 '));
  }
  await reset('/ws/live');
  assert.equal((await fetch(`${app.dashboardUrl}/health`)).status, 200);
});
