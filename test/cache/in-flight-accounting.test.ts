// Whoever comes, leaves or breaks off: each upstream call is on one record, and budgets are charged with it once.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { systemClock } from '../../src/core/clock.ts';
import { BudgetBook } from '../../src/ledger/book/budget-book.ts';
import { visitStore } from '../../src/storage/registry.ts';
import {
  type HeldCall,
  type HeldProvider,
  Listener,
  messageDocument,
  messageEnd,
  messageStart,
  messageText,
  startHeldProvider,
} from '../held-provider.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const MODEL = 'claude-haiku-4-5';
const RUNS = 12;
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
    prepare: async (dataDir) => {
      const { budgets: bank, close } = await visitStore({ TOKENWATCH_DATA_DIR: dataDir }, 'create');
      await new BudgetBook({ bank, clock: systemClock, timeZone: 'UTC' }).set({
        limit: '1000',
        name: 'all',
        period: 'total',
      });
      await close();
    },
  });
});
after(async () => {
  await app.close();
  await provider.close();
});

interface Standing {
  readonly spentNanoUsd: number;
  readonly reservedNanoUsd: number;
}

/** What the running proxy's own ledger says. */
async function standing(): Promise<Standing> {
  const response = await fetch(`${app.dashboardUrl}/api/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ api: 'anthropic', body: { model: MODEL, max_tokens: 1, messages: [] } }),
  });
  const { budgets } = (await response.json()) as { budgets: { matching: Standing[] } };
  assert.equal(budgets.matching.length, 1);
  return budgets.matching[0] as Standing;
}

class Client {
  readonly session = randomUUID();
  readonly streams: boolean;
  #request: ClientRequest | null = null;
  readonly answer: Listener<string>;
  hasLeft = false;

  constructor(question: string, streams: boolean) {
    this.streams = streams;
    this.answer = new Listener(Promise.resolve(this.#read(question)), (text) => text);
  }

  async leave(): Promise<void> {
    this.hasLeft = true;
    // A reset, since a client that has only said its last word may still be listening.
    (this.#request?.socket as Socket | null)?.resetAndDestroy();
    await this.answer.done;
  }

  async *#read(question: string): AsyncGenerator<string> {
    const sent = request(`${app.proxyUrl}/anthropic/v1/messages`, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', 'x-tokenwatch-session': this.session },
    });
    this.#request = sent;
    sent.end(
      JSON.stringify({
        model: MODEL,
        max_tokens: 1000,
        messages: [{ role: 'user', content: question }],
        ...(this.streams && { stream: true }),
      }),
    );
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    for await (const part of response) yield String(part);
  }
}

/** Waits until the proxy has begun a client's request, and has looked for what is stored. */
async function begun({ session }: Client): Promise<void> {
  for (;;) {
    const recent = await app.analytics.recent({ limit: 1000 });
    if (recent.some((record) => record.session === session)) return;
    await sleep(5);
  }
}

const TEXTS = ['alpha ', 'beta ', 'gamma ', 'delta '];

async function say(
  call: HeldCall,
  clients: readonly Client[],
  text: string,
  isFirst: boolean,
): Promise<void> {
  if (call.isAborted) return;
  await call.write(isFirst ? messageStart(MODEL, text) : messageText(text));
  const listening = clients.filter((client) => client.streams && !client.hasLeft);
  await Promise.all(listening.map((client) => client.answer.until(text)));
}

function answerWhole(call: HeldCall): void {
  if (call.body.stream === true) call.end(messageStart(MODEL, TEXTS.join('')) + messageEnd());
  else {
    call.head('application/json');
    call.end(messageDocument(MODEL, TEXTS.join('')));
  }
}

interface Script {
  readonly leaderStreams: boolean;
  /** Before which text each follower comes. */
  readonly followers: readonly { readonly streams: boolean; readonly at: number }[];
  /** Who leaves (0 is the leader) before which text. */
  readonly leaving: readonly { readonly who: number; readonly at: number }[];
  /** Before which text the upstream breaks off; null where it ends well. */
  readonly breaksAt: number | null;
}

async function play(script: Script): Promise<readonly Client[]> {
  const question = randomUUID();
  const first = provider.calls;
  const clients = [new Client(question, script.leaderStreams)];
  const call = await provider.call(first);
  const at = script.leaderStreams ? TEXTS.map((_, index) => index) : [0];
  for (const index of at) {
    for (const { streams } of script.followers.filter((follower) => follower.at === index)) {
      const client = new Client(question, streams);
      clients.push(client);
      await begun(client);
    }
    for (const { who } of script.leaving.filter((leaver) => leaver.at === index))
      if (clients[who]?.hasLeft === false) await clients[who].leave();
    if (script.breaksAt === index) break;
    if (script.leaderStreams) await say(call, clients, TEXTS[index] as string, index === 0);
  }
  if (script.breaksAt !== null) call.breakOff();
  else if (!call.isAborted) {
    if (script.leaderStreams) call.end(messageEnd());
    else answerWhole(call);
  }
  // Who asks again gets a whole answer at once.
  const isOver = Promise.all(clients.map((client) => client.answer.done)).then(() => null);
  for (let next = first + 1; ; next += 1) {
    const again = await Promise.race([provider.call(next), isOver]);
    if (again === null) break;
    answerWhole(again);
  }
  return clients;
}

const script: fc.Arbitrary<Script> = fc.record({
  leaderStreams: fc.boolean(),
  followers: fc.array(fc.record({ streams: fc.boolean(), at: fc.nat(3) }), { maxLength: 4 }),
  leaving: fc.array(fc.record({ who: fc.nat(4), at: fc.nat(3) }), { maxLength: 3 }),
  breaksAt: fc.option(fc.nat(3)),
});

async function check(given: Script): Promise<void> {
  const before = await standing();
  const called = provider.calls;
  const clients = await play(given);
  const records = await Promise.all(clients.map((client) => app.recordOf(client.session)));
  const calls = provider.calls - called;
  const paying = records.filter((record) => (record.costNanoUsd ?? Number.NaN) !== 0);
  // One that failed before its first byte, with an error for its client, costs nothing.
  const failedEarly = given.breaksAt !== null && (given.breaksAt === 0 || !given.leaderStreams);
  // Where its leader left in the same moment, the proxy may hear of either first.
  const unpaid = !failedEarly ? [0] : clients[0]?.hasLeft ? [0, 1] : [1];
  assert.ok(unpaid.includes(calls - paying.length), 'each call is on one record');
  for (const record of paying) assert.equal(record.cacheUse, 'miss');
  for (const record of records) if (record.cacheUse === 'inflight') assert.equal(record.usage.inputTokens, 0);
  const cost = records.reduce((sum, record) => sum + (record.costNanoUsd ?? Number.NaN), 0);
  const standsAt = await standing();
  assert.equal(standsAt.spentNanoUsd - before.spentNanoUsd, cost, 'budgets are charged once');
  assert.equal(standsAt.reservedNanoUsd, 0, 'nothing stays reserved');
  for (const client of clients) {
    if (client.hasLeft) continue;
    const isWhole = TEXTS.every((text) => client.answer.text.includes(text.trim()));
    // Nobody gets part of an answer that looks whole, and nobody suffers from those who left.
    if (given.breaksAt === null) assert.ok(isWhole, client.answer.text);
    else if (!isWhole && client.streams) assert.doesNotMatch(client.answer.text, /message_stop/);
  }
}

test('each upstream call is recorded and charged exactly once, whatever its clients do', async () => {
  await fc.assert(fc.asyncProperty(script, check), {
    numRuns: RUNS,
    examples: [
      // The leader leaves in the middle, then the last follower.
      [
        {
          leaderStreams: true,
          followers: [{ streams: true, at: 1 }],
          leaving: [
            { who: 0, at: 2 },
            { who: 1, at: 3 },
          ],
          breaksAt: null,
        },
      ],
      // It breaks after the leader has left.
      [
        {
          leaderStreams: true,
          followers: [
            { streams: true, at: 1 },
            { streams: false, at: 1 },
          ],
          leaving: [{ who: 0, at: 1 }],
          breaksAt: 3,
        },
      ],
      [
        {
          leaderStreams: false,
          followers: [
            { streams: true, at: 0 },
            { streams: false, at: 0 },
          ],
          leaving: [{ who: 0, at: 0 }],
          breaksAt: null,
        },
      ],
    ],
  });
});
