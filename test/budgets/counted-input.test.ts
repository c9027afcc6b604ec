// Input that bytes overestimate is counted where the budget is short of room: what fits is let through.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { appWith, withBook } from './app-with-budgets.ts';
import { startHoldingUpstream } from './holding-upstream.ts';

const PROSE = 'It was the best of times, it was the worst of times, it was the age of wisdom. '.repeat(100);
const OUTPUT_TOKENS = 100;
/** gpt-4o: $2.50 and $10 per million. */
const COST_NANO_USD = countTokens(PROSE) * 2_500 + OUTPUT_TOKENS * 10_000;
const BODY = JSON.stringify({
  model: 'gpt-4o',
  max_tokens: OUTPUT_TOKENS,
  messages: [{ role: 'user', content: PROSE }],
});
const usd = (nano: number): string => (nano / 1e9).toFixed(9);

test('of 200 concurrent long prompts, a limit that fits 10 by their tokens lets exactly 10 through', {
  timeout: 60_000,
}, async (context) => {
  const upstream = await startHoldingUpstream(context);
  const app = await appWith(context, [{ limit: usd(COST_NANO_USD * 10.9), name: 'ten' }], {
    settings: { TOKENWATCH_OPENAI_URL: upstream.url },
  });
  let refused = 0;
  const statuses = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tokenwatch-session': 'burst' },
        body: BODY,
      });
      await response.arrayBuffer();
      if (response.status === 429) refused += 1;
      if (response.status === 429 && refused === 190) {
        await upstream.arrived(10);
        for (const held of upstream.held) held.end('{}');
      }
      return response.status;
    }),
  );
  assert.equal(upstream.held.length, 10);
  assert.equal(statuses.filter((status) => status === 200).length, 10);
  const records = await app.recordsOf('burst', 200);
  const reserved = records.map((record) => record.reservedNanoUsd ?? 0).filter((amount) => amount > 0);
  assert.equal(reserved.length, 10);
  for (const amount of reserved)
    assert.ok(amount >= COST_NANO_USD && amount < COST_NANO_USD * 1.09, usd(amount));
});

test('a prompt that bytes alone would refuse passes, and one too long by its tokens is refused', async (context) => {
  const app = await appWith(context, [{ limit: usd(COST_NANO_USD * 1.09) }]);
  const ask = (content: string): Promise<Response> =>
    fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'gpt-4o',
        max_tokens: OUTPUT_TOKENS,
        messages: [{ role: 'user', content }],
      }),
    });
  assert.equal((await ask(PROSE + PROSE)).status, 429);
  assert.equal((await ask(PROSE)).status, 200);
  assert.equal(app.provider.requests.length, 1);
});

test('a client that leaves while its prompt is counted is recorded, and nothing stays reserved', async (context) => {
  const app = await appWith(context, [{ limit: usd(COST_NANO_USD * 1.09) }]);
  const { hostname, port } = new URL(app.proxyUrl);
  const socket = connect(Number(port), hostname);
  // The first count of a process loads the vocabulary, which takes longer than leaving.
  socket.write(
    `POST /openai/v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
      `x-tokenwatch-session: leaving\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
    () => socket.resetAndDestroy(),
  );
  const record = await app.recordOf('leaving');
  assert.deepEqual([record.outcome, record.costNanoUsd], ['client_gone', 0]);
  const { standings } = await withBook(app.dataDir, (book) => book.status());
  assert.equal(standings[0]?.reservedNanoUsd, 0);
  assert.equal(app.provider.requests.length, 0);
});
