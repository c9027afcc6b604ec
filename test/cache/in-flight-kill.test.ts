// A kill while identical requests share a call: it ends those of the killed application, and no one else's.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { systemClock } from '../../src/core/clock.ts';
import { BudgetBook } from '../../src/ledger/book/budget-book.ts';
import { visitStore } from '../../src/storage/registry.ts';
import {
  type HeldProvider,
  Listener,
  messageEnd,
  messageStart,
  messageText,
  startHeldProvider,
} from '../held-provider.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const MODEL = 'claude-haiku-4-5';
let provider: HeldProvider;
let app: TestApp;
before(async () => {
  provider = await startHeldProvider();
  app = await startTestApp({
    settings: {
      TOKENWATCH_CACHE_ENABLED: 'true',
      TOKENWATCH_BUDGET_ENABLED: 'true',
      TOKENWATCH_ANTHROPIC_URL: provider.url,
    },
  });
});
after(async () => {
  await app.close();
  await provider.close();
});

async function kill(killed: string): Promise<void> {
  const { budgets: bank, close } = await visitStore({ TOKENWATCH_DATA_DIR: app.dataDir }, 'create');
  await new BudgetBook({ bank, clock: systemClock, timeZone: 'UTC' }).kill({ app: killed });
  await close();
}

function stream(by: string, session: string, content: string): Listener<Anthropic.RawMessageStreamEvent> {
  const client = new Anthropic({
    apiKey: 'key',
    baseURL: `${app.proxyUrl}/anthropic`,
    maxRetries: 0,
    defaultHeaders: { 'x-tokenwatch-session': session, 'x-tokenwatch-app': by },
  });
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content }];
  return new Listener(
    client.messages.create({ model: MODEL, max_tokens: 1000, messages, stream: true }),
    (event) =>
      event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '',
  );
}

test('a kill of an application ends leader and followers alike, and nobody asks again', async () => {
  const [session, content, calls] = [randomUUID(), randomUUID(), provider.calls];
  const leader = stream('killed', session, content);
  const call = await provider.call(calls);
  await call.write(messageStart(MODEL, 'one'));
  await leader.until('one');
  const followers = [stream('killed', session, content), stream('killed', session, content)];
  await Promise.all(followers.map((each) => each.until('one')));
  await kill('killed');
  await Promise.all([leader, ...followers].map((each) => each.done));
  for (const each of [leader, ...followers]) assert.match(String(each.failure), /kill/);
  await call.closed;
  assert.ok(call.isAborted);
  assert.equal(provider.calls, calls + 1);
  const records = await app.recordsOf(session, 3);
  for (const record of records)
    assert.deepEqual([record.outcome, record.errorCode], ['cut', 'budget_killed']);
  assert.equal(records.filter((record) => record.costNanoUsd !== 0).length, 1);
});

test('an application is not concerned by the kill of another that asks the same', async () => {
  const [content, calls, spared] = [randomUUID(), provider.calls, randomUUID()];
  const first = stream('doomed', randomUUID(), content);
  const ended = await provider.call(calls);
  await ended.write(messageStart(MODEL, 'one'));
  await first.until('one');
  const second = stream('spared', spared, content);
  const call = await provider.call(calls + 1);
  await call.write(messageStart(MODEL, 'one'));
  await second.until('one');
  const follower = stream('spared', spared, content);
  await follower.until('one');
  await kill('doomed');
  await first.done;
  assert.match(String(first.failure), /kill/);
  call.end(messageText(' two') + messageEnd());
  await Promise.all([second.done, follower.done]);
  assert.deepEqual([second.text, follower.text], ['one two', 'one two']);
  assert.equal(provider.calls, calls + 2);
});
