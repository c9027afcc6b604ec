import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { platform } from 'node:os';
import { test } from 'node:test';
import { peerUser } from './peer-user.ts';

async function listening(host: string): Promise<Server | null> {
  const server = createServer().listen(0, host);
  const outcome = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  return outcome ? server : null;
}

test('a connection within this machine has the user whose process opened it', async () => {
  for (const [host, from] of [
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.2'],
    ['::1', '::1'],
    ['::', '127.0.0.1'],
  ] as const) {
    const server = await listening(host);
    if (server === null) continue;
    const { port } = server.address() as AddressInfo;
    const client = connect({ port, host: host === '::' ? '127.0.0.1' : host, localAddress: from });
    const [socket] = (await once(server, 'connection')) as [Socket];
    const expected = platform() === 'linux' ? process.getuid?.() : null;
    assert.equal(peerUser(socket), expected, `${from} to ${host}`);
    client.destroy();
    socket.destroy();
    server.close();
  }
});

test('of any other connection it is not known whose it is', () => {
  for (const remoteAddress of ['192.0.2.1', '2001:db8::1', undefined])
    assert.equal(peerUser({ remoteAddress, remotePort: 9, localPort: 9 } as Socket), null);
  assert.equal(peerUser({ remoteAddress: '127.0.0.1', remotePort: 1, localPort: 1 }), null);
});
