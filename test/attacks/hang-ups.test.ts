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
): Promise<{ readonly end: Socket; readonly text: string; readonly client: Socket }> {
  const { hostname, port } = new URL(url);
  // By its port while it is open.
  const ends = new Map<number | undefined, Socket>();
  const take = (message: unknown): void => {
    const end = (message as { socket: Socket }).socket;
    ends.set(end.remotePort, end);
  };
  subscribe('net.server.socket', take);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => {});
  socket.write(asked);
  const [text] = (await once(socket, 'data')) as [Buffer];
  unsubscribe('net.server.socket', take);
  const end = ends.get(socket.localPort);
  assert.ok(end !== undefined);
  return { end, text: text.toString('latin1'), client: socket };
}

/** Until no more pages may listen. */
async function fill(url: string, pages: Socket[]): Promise<void> {
  const { hostname, port } = new URL(url);
  for (let isFull = false; !isFull; ) {
    const come = Array.from({ length: 50 }, async () => {
      const socket = connect(Number(port), hostname).on('error', () => {});
      pages.push(socket);
      socket.write(upgrade('/ws/live'));
      const [text] = (await once(socket, 'data')) as [Buffer];
      return text.toString('latin1').startsWith('HTTP/1.1 503 ');
    });
    isFull = (await Promise.all(come)).includes(true);
  }
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
  await fill(app.dashboardUrl, pages);
  await reset('/ws/live');
  assert.equal((await fetch(`${app.dashboardUrl}/health`)).status, 200);
});

test('the connection of a refused WebSocket ends, whether its client closes it or never does', async (context) => {
  const recorder = await startMountServer(async () => {});
  const full = await startTestApp();
  const pages: Socket[] = [];
  context.after(async () => {
    for (const socket of pages) socket.destroy();
    await Promise.all([recorder.close(), full.close()]);
  });
  await fill(full.dashboardUrl, pages);
  const connectTo = 'CONNECT api.openai.com:443 HTTP/1.1\r\nhost: localhost\r\n\r\n';
  const foreign = upgrade('/openai/v1/realtime').replace('host: localhost', 'host: x\r\norigin: http://x');
  for (const [url, asked, status] of [
    [app.proxyUrl, upgrade('/nowhere'), 404],
    [app.proxyUrl, upgrade('/openai/../realtime'), 400],
    [app.proxyUrl, foreign, 403],
    [app.proxyUrl, connectTo, 405],
    [recorder.url, upgrade('/openai/v1/realtime'), 501],
  ] as const)
    for (const closes of [true, false]) {
      const { end, text, client } = await answered(url, asked);
      assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `), `${asked} at ${url}`);
      if (closes) client.end();
      if (!end.closed) await once(end, 'close');
      client.destroy();
    }
  // The dashboard's ends are another thread's: where one is gone, what is written to it comes back.
  for (const [url, asked, status] of [
    [app.dashboardUrl, upgrade('/nowhere'), 404],
    [app.dashboardUrl, upgrade('/ws/live').replace('host: localhost', 'host: evil.example'), 403],
    [full.dashboardUrl, upgrade('/ws/live'), 503],
  ] as const) {
    const { hostname, port } = new URL(url);
    const client = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const isGone = new Promise((resolve) => client.once('error', resolve));
    client.write(asked);
    const [text] = (await once(client, 'data')) as [Buffer];
    assert.match(text.toString('latin1'), new RegExp(`^HTTP/1\\.1 ${status} `), `${asked} at ${url}`);
    const more = setInterval(() => client.write('x'), 50);
    await isGone;
    clearInterval(more);
  }
});
