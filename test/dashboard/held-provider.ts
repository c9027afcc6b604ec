// A provider that answers when it is told to, so that a test sees a request in flight whatever the timing.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

export interface HeldProvider {
  readonly url: string;
  /** Lets every request be answered, those to come too. */
  release(): void;
  close(): void;
}

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}';

export async function startHeldProvider(): Promise<HeldProvider> {
  const released = Promise.withResolvers<void>();
  const server = createServer((connection) => {
    connection.on('error', () => connection.destroy());
    released.promise.then(() => connection.end(ANSWER));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    release: () => released.resolve(),
    close() {
      released.resolve();
      server.close();
    },
  };
}
