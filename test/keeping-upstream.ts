// An upstream that keeps what it is sent and answers every request with one chat completion.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Kept {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1000, completion_tokens: 1000, total_tokens: 2000 },
});

export async function startKeepingUpstream(
  context: TestContext,
): Promise<{ readonly url: string; readonly kept: Kept[]; readonly begun: () => Promise<void> }> {
  const kept: Kept[] = [];
  const begun = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    begun.resolve();
    const chunks: Buffer[] = [];
    request.on('error', () => response.destroy());
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    await new Promise<void>((resolve) => request.on('end', resolve));
    kept.push({ headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    kept,
    begun: () => begun.promise,
  };
}
