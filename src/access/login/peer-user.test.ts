import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces, platform } from 'node:os';
import { test } from 'node:test';
import { isAnotherUser, peerUser, UNKNOWN_USER } from './peer-user.ts';

async function listening(host: string): Promise<Server | null> {
  const server = createServer().listen(0, host);
  const outcome = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  return outcome ? server : null;
}

const isLinux = platform() === 'linux';

/** A connection to a server there, seen from its side, and its client. */
async function connected(host: string, from: string) {
  const server = await listening(host);
  if (server === null) return null;
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: host === '::' ? '127.0.0.1' : host, localAddress: from });
  const [socket] = (await once(server, 'connection')) as [Socket];
  const close = (): void => {
    client.destroy();
    socket.destroy();
    server.close();
  };
  return { socket, client, close };
}

/** Of this machine, and reached from outside. */
const OWN = Object.values(networkInterfaces())
  .flatMap((some) => some ?? [])
  .filter(({ internal, scopeid = 0 }) => isLinux && !internal && scopeid === 0);

test('a connection within this machine has the user whose process opened it, from whichever address', async () => {
  for (const [host, from] of [
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.2'],
    ['::1', '::1'],
    ['::', '127.0.0.1'],
    // A process calls 127.0.0.1 from any address of its machine.
    ...OWN.map(({ family, address }) => [family === 'IPv6' ? '::1' : '127.0.0.1', address] as const),
    ...OWN.map(({ address }) => [address, address] as const),
  ] as const) {
    const connection = await connected(host, from);
    if (connection === null) continue;
    const expected = isLinux ? process.getuid?.() : null;
    assert.equal(peerUser(connection.socket), expected, `${from} to ${host}`);
    connection.close();
  }
});

test('a connection that its process has let go of is nobody’s, and not root’s', {
  skip: !isLinux,
}, async () => {
  for (const end of ['destroy', 'resetAndDestroy'] as const) {
    const connection = await connected('127.0.0.1', '127.0.0.1');
    assert.ok(connection);
    const { socket, client, close } = connection;
    // What was sent arrives all the same.
    client[end]();
    await once(client, 'close');
    assert.equal(peerUser(socket), UNKNOWN_USER, end);
    close();
    await once(socket, 'close');
    assert.equal(peerUser(socket), UNKNOWN_USER, 'closed here');
  }
});

test('of any other connection it is not known whose it is', () => {
  for (const remoteAddress of ['192.0.2.201', '2001:db8::1'])
    assert.equal(peerUser({ remoteAddress, remotePort: 9, localPort: 9 }), null);
});

test('another user is whoever is neither root nor the server’s own, also one that let go of its connection', () => {
  assert.equal(isAnotherUser(null), false);
  assert.equal(isAnotherUser(0), false);
  assert.equal(isAnotherUser(process.getuid?.() ?? null), false);
  assert.equal(isAnotherUser(UNKNOWN_USER), true);
  assert.equal(isAnotherUser(65_534), true);
});
