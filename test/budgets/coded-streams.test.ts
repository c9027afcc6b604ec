// Streams under a hard budget that arrive at once, plain and compressed: none passes before it is read.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { withBook } from './app-with-budgets.ts';

const NANO = 1e9;
const LIMIT_USD = 0.2;
const ASKED = { max_tokens: 64_000, stream: true, messages: [{ role: 'user', content: 'hello' }] };
const typed = (data: { readonly type: string }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

/** Words that do not repeat, some three tokens each. */
function wordsOf(count: number): readonly string[] {
  let seed = 7;
  return Array.from({ length: count }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return ` ${seed.toString(36)}`;
  });
}

function stream(model: string, words: number, outputTokens: number): Buffer {
  const usage = { input_tokens: 10, output_tokens: 1 };
  return Buffer.from(
    [
      { type: 'message_start', message: { id: 'msg_1', model, content: [], usage } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      ...wordsOf(words).map((text) => ({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text },
      })),
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: outputTokens } },
      { type: 'message_stop' },
    ]
      .map(typed)
      .join(''),
  );
}

/** The best quality would keep everybody waiting for seconds. */
const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

interface Way {
  readonly encode: (body: Buffer) => Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}
const coded = (coding: string, encode: Way['encode']): Way => ({
  encode,
  headers: { 'content-encoding': coding },
});
const WAYS: Readonly<Record<string, Way>> = {
  plain: { encode: (body) => body },
  gzip: coded('gzip', gzipSync),
  deflate: coded('deflate', deflateSync),
  brotli: coded('br', (body) => brotliCompressSync(body, QUICK)),
  zstd: coded('zstd', (body) => zstdCompressSync(body)),
  'gzip that does not say so': { encode: gzipSync },
  'zstd in gzip': coded('zstd, gzip', (body) => gzipSync(zstdCompressSync(body))),
};

let answer = (_response: ServerResponse): void => {};
const upstream = createServer((request, response) => {
  request.resume().on('end', () => answer(response));
});
let app: TestApp;
before(async () => {
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  app = await startTestApp({
    settings: { TOKENWATCH_ANTHROPIC_URL: url },
    prepare: (dataDir) =>
      withBook(dataDir, async (book) => {
        await book.set({ limit: String(LIMIT_USD), period: 'total', name: 'each', per: 'session' });
      }),
  });
});
after(async () => {
  await app.close();
  upstream.closeAllConnections();
  upstream.close();
});

async function run({ encode, headers = {} }: Way, asked: string, body: Buffer) {
  const bytes = encode(body);
  const session = randomUUID();
  answer = (response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream', ...headers }).end(bytes);
  const got = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'k', 'x-tokenwatch-session': session },
    body: JSON.stringify({ ...ASKED, model: asked }),
  })
    .then(async (response) => Buffer.from(await response.arrayBuffer()))
    // A compressed stream that is ended breaks off.
    .catch(() => null);
  return { got, bytes, record: await app.recordOf(session) };
}

for (const [name, way] of Object.entries(WAYS)) {
  test(`a stream that arrives at once is ended in time: ${name}`, async () => {
    const body = stream('claude-opus-4-8', 20_000, 60_000);
    const { record } = await run(way, 'claude-opus-4-8', body);
    assert.equal(record.outcome, 'cut');
    assert.ok((record.costNanoUsd ?? Number.NaN) <= LIMIT_USD * NANO, `${record.costNanoUsd}`);
  });

  test(`a stream that fits passes as it came: ${name}`, async () => {
    const body = stream('claude-opus-4-8', 600, 3_000);
    const { got, bytes, record } = await run(way, 'claude-opus-4-8', body);
    assert.deepEqual([record.outcome, record.usage.outputTokens], ['completed', 3_000]);
    assert.deepEqual(got, way.headers === undefined ? bytes : body);
  });
}

test('a dearer model that is named in a packet with all of its text counts from its first word on', async () => {
  for (const name of ['plain', 'gzip']) {
    const body = stream('claude-opus-4-8', 20_000, 60_000);
    const { record } = await run(WAYS[name] as Way, 'claude-haiku-4-5', body);
    assert.equal(record.outcome, 'cut', name);
    assert.ok((record.costNanoUsd ?? Number.NaN) <= LIMIT_USD * NANO, `${name}: ${record.costNanoUsd}`);
  }
});
