// An upstream that answers nothing until it is told to.

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export async function startHoldingUpstream(context: TestContext): Promise<{
  readonly url: string;
  readonly held: ServerResponse[];
  arrived(count: number): Promise<void>;
}> {
  const held: ServerResponse[] = [];
  let wake: () => void = () => {};
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      held.push(response);
      wake();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held,
    async arrived(count) {
      while (held.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
