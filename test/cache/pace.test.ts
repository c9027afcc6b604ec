// A stored stream is replayed as a stream, and a kill ends it as it ends any other.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { messageEnd, messageStart, messageText, startHeldProvider } from '../held-provider.ts';
import { runWords } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
let provider: Awaited<ReturnType<typeof startHeldProvider>>;
before(async () => {
  provider = await startHeldProvider();
  app = await startTestApp({
    settings: {
      TOKENWATCH_CACHE_ENABLED: 'true',
      TOKENWATCH_CACHE_REPLAY_PACE: '50',
      TOKENWATCH_BUDGET_ENABLED: 'true',
      TOKENWATCH_ANTHROPIC_URL: provider.url,
    },
  });
});
after(async () => {
  await app.close();
  await provider.close();
});

const body = (text: string): string =>
  JSON.stringify({
    model: 'claude-haiku-4-5',
    max_tokens: 1000,
    stream: true,
    messages: [{ role: 'user', content: text }],
  });

const ask = (session: string, text: string): Promise<Response> =>
  fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-tokenwatch-session': session,
      'x-tokenwatch-app': 'reader',
    },
    body: body(text),
  });

async function piecesOf(response: Response): Promise<readonly string[]> {
  const pieces: string[] = [];
  for await (const piece of response.body ?? []) pieces.push(Buffer.from(piece).toString());
  return pieces;
}

/** Stores an answer of so many texts, and returns what the provider sent. */
async function stored(question: string, texts: readonly string[]): Promise<string> {
  const [session, index] = [randomUUID(), provider.calls];
  const fresh = ask(session, question);
  const call = await provider.call(index);
  const sent = messageStart('claude-haiku-4-5', 'first ') + texts.map(messageText).join('') + messageEnd();
  call.end(sent);
  assert.equal((await piecesOf(await fresh)).join(''), sent);
  await app.recordOf(session);
  return sent;
}

test('a hit comes in many pieces that join to what the provider sent', async () => {
  const sent = await stored(
    'much',
    Array.from({ length: 300 }, (_, index) => `${index} `),
  );
  const hit = await ask(randomUUID(), 'much');
  assert.equal(hit.headers.get('x-tokenwatch-cache-tier'), 'exact');
  const pieces = await piecesOf(hit);
  assert.ok(pieces.length > 1, 'it came in one burst');
  assert.equal(pieces.join(''), sent);
});

test('a kill ends a replay behind a whole event, with an error that the client understands', async () => {
  // More than sockets hold on the way: the replay waits for its client, which does not read.
  await stored(
    'more',
    Array.from({ length: 80 }, () => 'x'.repeat(64 * 1024)),
  );
  const session = randomUUID();
  const hit = await ask(session, 'more');
  assert.equal(hit.headers.get('x-tokenwatch-cache'), 'HIT');
  const pieces = (hit.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  const read = async (isEnough: () => boolean): Promise<void> => {
    while (!isEnough()) {
      const { done, value } = await pieces.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
    }
  };
  await read(() => text.includes('"xx'));
  await runWords(['budget', 'kill', '--app', 'reader'], { TOKENWATCH_DATA_DIR: app.dataDir });
  for (let status = 200; status !== 429; ) {
    const response = await ask(randomUUID(), 'much');
    await response.arrayBuffer();
    status = response.status;
  }
  await read(() => false);
  assert.doesNotMatch(text, /message_stop/);
  assert.match(text, /"x+"\}\}\n\nevent: error\ndata: \{[^\n]*"error"[^\n]*\}\n\n$/);
  const record = await app.recordOf(session);
  assert.deepEqual([record.outcome, record.errorCode, record.costNanoUsd], ['cut', 'budget_killed', 0]);
  assert.equal(record.responseBytes < 80 * 64 * 1024, true);
});
