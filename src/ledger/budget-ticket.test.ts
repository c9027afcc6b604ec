import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import type { TokenWatchError } from '../core/errors.ts';
import { NO_USAGE } from '../core/usage.ts';
import { type BudgetRequest, parseBudget } from './book/budget-request.ts';
import { CostBound, FIRST_TOKENS, type WorstCostQuestion } from './bounds/cost-bound.ts';
import { InputCount } from './bounds/input-count.ts';
import type { RunningStream } from './bounds/running-output.ts';
import { type BudgetTicket, MARGIN_TOKENS, type TicketEnd } from './budget-ticket.ts';
import { ChargedKeys } from './charged-keys.ts';
import { BudgetGate, type GateRequest } from './gate.ts';
import { Ledger } from './ledger.ts';

/** A dollar for a million input tokens, a dollar for a thousand output tokens. */
const INPUT = 1_000;
const OUTPUT = 1_000_000;
/** Ten times that for `dear`, a tenth for `cheap`, and nobody knows what `new` costs. */
const TIMES: Readonly<Record<string, number>> = { dear: 10, cheap: 0.1 };
const prices = {
  worstCost: ({ model, inputTokens, outputTokens }: WorstCostQuestion) =>
    model === 'new' ? null : (inputTokens * INPUT + outputTokens * OUTPUT) * (TIMES[model] ?? 1),
};
const NOTHING = { costNanoUsd: 0, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 };

class Bench {
  nowMs = 0;
  ledger = new Ledger({
    clock: { now: () => 1_000, monotonicMs: () => 0 },
    timeZone: 'UTC',
    unknownPrice: 'block',
    onThreshold: () => {},
  });
  /** A token for each word of four letters. */
  gate = new BudgetGate({
    clock: { now: () => 1_000, monotonicMs: () => this.nowMs },
    ledger: this.ledger,
    costs: new CostBound({
      prices,
      inputCount: new InputCount({ tokens: async (text) => Math.ceil(text.length / 4) }),
      mode: 'cut',
    }),
    cutsStreams: false,
    charged: new ChargedKeys(),
    waitMs: 0,
  });
  #ids = 0;

  async limit(limit: string, more: BudgetRequest = {}): Promise<this> {
    const request = { limit, period: 'total', ...more };
    const budget = parseBudget(request, { id: 'b', webhookSecret: '', createdAtMs: 0 });
    await this.ledger.configure({ budgets: [budget], kills: [] }, async () => [NOTHING]);
    return this;
  }

  request(parts: Partial<GateRequest> = {}): GateRequest {
    this.#ids += 1;
    return {
      id: `r${this.#ids}`,
      endpoint: {
        name: 'messages',
        charge: 'text',
        hasModel: true,
        model: null,
        metered: true,
        asksForStreamUsage: false,
      },
      model: 'gpt-4o',
      upstream: 'https://api.example.com',
      app: 'agent',
      operation: 'POST /v1/messages',
      tag: null,
      stream: true,
      maxOutputTokens: 64_000,
      serviceTier: null,
      speed: null,
      others: [],
      body: () => ({}),
      atMs: 0,
      ...parts,
    };
  }

  begin(parts: Partial<GateRequest> = {}): { ticket: BudgetTicket; cuts: TokenWatchError[] } {
    const admission = this.gate.admit(this.request(parts));
    assert.ok(admission.ticket !== null, 'it was not admitted');
    const cuts: TokenWatchError[] = [];
    admission.ticket.onCut((error) => cuts.push(error));
    return { ticket: admission.ticket, cuts };
  }

  get held(): number {
    return this.ledger.standings()[0]?.reservedNanoUsd ?? 0;
  }
}

class Stream implements RunningStream {
  progress = {
    textBytes: 0,
    thinkingBytes: 0,
    inputTokens: null as number | null,
    model: null as string | null,
  };
  /** False where its text is too much to be kept. */
  keeps = true;
  #taken = 0;

  write(bytes: number): void {
    this.progress = { ...this.progress, textBytes: this.progress.textBytes + bytes };
  }

  takeText(): { text: string; bytes: number; lostBytes: number } {
    const bytes = this.progress.textBytes - this.#taken;
    this.#taken = this.progress.textBytes;
    if (this.keeps) return { text: 'x'.repeat(bytes), bytes, lostBytes: 0 };
    return { text: '', bytes: 0, lostBytes: bytes };
  }

  get tokens(): number {
    return Math.ceil(this.progress.textBytes / 4);
  }
}

const end = (parts: Partial<TicketEnd> = {}): TicketEnd => ({
  costNanoUsd: 0,
  listCostNanoUsd: null,
  usage: NO_USAGE,
  usageSource: 'provider',
  outcome: 'completed',
  billingKey: null,
  modelUsed: null,
  runs: null,
  ...parts,
});

/** Enough for one look and the count that it may ask for. */
async function look(ticket: BudgetTicket, stream: Stream): Promise<void> {
  ticket.progress(stream);
  await turn();
  ticket.progress(stream);
}

test('a stream is admitted whose worst would not fit, and a whole answer is not', async () => {
  const bench = await new Bench().limit('5');
  assert.equal(bench.gate.admit(bench.request({ stream: false })).ticket, null);
  const { ticket } = bench.begin();
  assert.ok((ticket.reservedNanoUsd ?? 0) < 5_000_000_000);
  assert.ok((ticket.reservedNanoUsd ?? 0) >= 4_000 * OUTPUT);
});

test('it holds more while it runs, says so, and is cut before it costs more than that', async () => {
  const bench = await new Bench().limit('5');
  const { ticket, cuts } = bench.begin();
  const grown: number[] = [];
  ticket.watcher = { reservationGrew: (reserved) => grown.push(reserved) > 0 };
  const stream = new Stream();
  while (cuts.length === 0 && stream.tokens < 64_000) {
    stream.write(400);
    await look(ticket, stream);
    assert.ok(stream.tokens * OUTPUT <= bench.held, `${stream.tokens} tokens, ${bench.held} held`);
    assert.ok(bench.held <= 5_000_000_000);
  }
  // The last of the money is used, but for the margin and what lies between two looks.
  assert.ok(stream.tokens >= 5_000 - MARGIN_TOKENS - 150, `cut at ${stream.tokens}`);
  assert.match(cuts[0]?.message ?? '', /ended this answer/);
  assert.ok(
    grown.length > 0 && grown.every((amount, index) => index === 0 || amount > (grown[index - 1] ?? 0)),
  );
  const counted = ticket.outputTokensMax ?? 0;
  assert.ok(counted >= stream.tokens && counted * OUTPUT <= bench.held);
});

test('a stream with more text than is kept counts by its bytes, and is not held up for good', async () => {
  const bench = await new Bench().limit('50000');
  const { ticket, cuts } = bench.begin();
  const stream = new Stream();
  stream.keeps = false;
  stream.write(40_000_000);
  const counted = Promise.withResolvers<void>();
  ticket.onCounted = counted.resolve;
  ticket.progress(stream);
  assert.equal(ticket.progress(stream), false);
  await counted.promise;
  assert.equal(ticket.progress(stream), true);
  assert.deepEqual(cuts, []);
  assert.ok(bench.held >= 40_000_000 * OUTPUT);
});

test('nothing is cut that would have fitted', async () => {
  const bench = await new Bench().limit('5');
  const { ticket, cuts } = bench.begin();
  const stream = new Stream();
  for (let written = 0; written < 4_700 * 4; written += 400) {
    stream.write(400);
    await look(ticket, stream);
  }
  assert.deepEqual(cuts, []);
  ticket.settle(end({ costNanoUsd: stream.tokens * OUTPUT }));
  assert.equal(bench.held, 0);
});

test('a tool that the provider runs, and work that goes on without its client, keep the worst', async () => {
  const bench = await new Bench().limit('5');
  for (const body of [
    { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
    { background: true },
    { mcp_servers: [{ url: 'https://x' }] },
  ])
    assert.equal(bench.gate.admit(bench.request({ body: () => body })).ticket, null);
  assert.ok(bench.gate.admit(bench.request({ body: () => ({ tools: [{ type: 'function' }] }) })).ticket);
});

test('a model that thinks out of sight is bounded by the time that it takes, and by its own bound', async () => {
  const thinking = (asked: unknown) => ({ model: 'claude-opus-4-8', body: () => ({ thinking: asked }) });
  const bench = await new Bench().limit('50');
  const { ticket, cuts } = bench.begin(thinking({ type: 'adaptive' }));
  const stream = new Stream();
  bench.nowMs = 60_000;
  await look(ticket, stream);
  assert.ok(bench.held >= 60 * 200 * OUTPUT);
  bench.nowMs = 600_000;
  await look(ticket, stream);
  assert.equal(cuts.length, 1);
  const bounded = await new Bench().limit('50');
  const other = bounded.begin(thinking({ type: 'enabled', budget_tokens: 2_000 }));
  bounded.nowMs = 600_000;
  await look(other.ticket, new Stream());
  assert.equal(other.cuts.length, 0);
  const open = bounded.begin({ body: () => ({}) });
  bounded.nowMs = 1_200_000;
  await look(open.ticket, new Stream());
  assert.equal(open.cuts.length, 0);
});

test('what the provider says that it has read stands for the bound of it', async () => {
  const bench = await new Bench().limit('6');
  const text = 'word '.repeat(400_000);
  const body = (): unknown => ({ messages: [{ role: 'user', content: text }] });
  const { ticket, cuts } = bench.begin({ body });
  const stream = new Stream();
  stream.progress = { ...stream.progress, inputTokens: 1_000 };
  for (let written = 0; written < 5_000 * 4; written += 400) {
    stream.write(400);
    await look(ticket, stream);
  }
  assert.deepEqual(cuts, []);
});

/** How many tokens a stream comes to that these answer, one after the other, at the end of five dollars. */
async function tokensBy(...models: readonly string[]): Promise<number> {
  const bench = await new Bench().limit('5');
  const { ticket, cuts } = bench.begin();
  const stream = new Stream();
  for (let looks = 0; cuts.length === 0 && stream.tokens < 63_000; looks += 1) {
    const model = models[Math.min(looks, models.length - 1)] ?? null;
    stream.progress = { ...stream.progress, model };
    stream.write(100);
    await look(ticket, stream);
    assert.ok(bench.held <= 5_000_000_000);
    if (cuts.length > 0) return ticket.outputTokensMax ?? 0;
  }
  return stream.tokens;
}

test('whoever answers decides what a stream costs while it runs, as soon as it says so', async () => {
  const asked = await tokensBy('gpt-4o');
  assert.ok(asked > 4_700 && asked <= 5_000, `${asked}`);
  const dear = await tokensBy('dear');
  assert.ok(dear > 250 && dear <= 500, `${dear}`);
  const later = await tokensBy('gpt-4o', 'gpt-4o', 'gpt-4o', 'dear', 'gpt-4o');
  assert.ok(later > 250 && later <= 500, `${later}: the dearest counts`);
  const cheap = await tokensBy('cheap');
  assert.ok(cheap > 49_700 && cheap <= 50_000, `${cheap}: nothing is cut that would have fitted`);
  assert.equal(await tokensBy('new'), asked, 'without a price of its own, it is what was asked for');
});

test('a stream whose dearer model has read more than there is ends at once', async () => {
  const bench = await new Bench().limit('5');
  const { ticket, cuts } = bench.begin({ body: () => ({ messages: [{ content: 'x'.repeat(2_000_000) }] }) });
  const stream = new Stream();
  stream.progress = { ...stream.progress, model: 'dear', inputTokens: 600_000 };
  await look(ticket, stream);
  assert.equal(cuts.length, 1);
  assert.equal(ticket.outputTokensMax, 0);
});

test('a stream that comes in dense pieces is ended while its next one is paid for', async () => {
  const bench = await new Bench().limit('5');
  const { ticket, cuts } = bench.begin();
  const stream = new Stream();
  while (cuts.length === 0 && stream.tokens < 63_000) {
    stream.write(2_400);
    await look(ticket, stream);
  }
  assert.ok(stream.tokens > 3_900 && stream.tokens <= 5_000, `${stream.tokens}`);
});

test('a server that goes on past its own bound is followed as closely from there on', async () => {
  const bench = await new Bench().limit('5');
  const { ticket, cuts } = bench.begin({ maxOutputTokens: 500 });
  const stream = new Stream();
  while (cuts.length === 0 && stream.tokens < 63_000) {
    stream.write(400);
    await look(ticket, stream);
  }
  assert.ok(stream.tokens <= 5_000, `${stream.tokens}`);
});

interface Run {
  readonly ticket: BudgetTicket;
  readonly cuts: readonly TokenWatchError[];
  readonly stream: Stream;
  /** What it will come to, if it is let. */
  readonly tokens: number;
}

test('however many streams run, all that they cost stays within the limit, and none is cut while there is room', async () => {
  const arrival = fc.record({ tokens: fc.integer({ min: 0, max: 6_000 }), afterLooks: fc.nat(20) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(arrival, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 12 }),
      async (arrivals, dollars) => {
        const bench = await new Bench().limit(String(dollars));
        const limit = dollars * 1_000_000_000;
        const running: Run[] = [];
        const spent = (): number => bench.ledger.standings()[0]?.spentNanoUsd ?? 0;
        for (let round = 0; round < 400; round += 1) {
          for (const { tokens } of arrivals.filter(({ afterLooks }) => afterLooks === round)) {
            const room = limit - spent() - bench.held;
            const admission = bench.gate.admit(bench.request());
            if (admission.ticket === null) {
              assert.ok(room < FIRST_TOKENS * OUTPUT + 100 * INPUT, `refused with ${room} left`);
              continue;
            }
            const cuts: TokenWatchError[] = [];
            admission.ticket.onCut((error) => cuts.push(error));
            running.push({ ticket: admission.ticket, cuts, stream: new Stream(), tokens });
          }
          for (const run of [...running]) {
            const { ticket, cuts, stream, tokens } = run;
            const cutBefore = cuts.length > 0;
            if (!cutBefore && stream.tokens < tokens) {
              stream.write(Math.min(200, (tokens - stream.tokens) * 4));
              const room = limit - spent() - bench.held;
              await look(ticket, stream);
              const needs = (stream.tokens + MARGIN_TOKENS + 70) * OUTPUT;
              if (cuts.length > 0) assert.ok(room + (ticket.reservedNanoUsd ?? 0) < needs + 100 * INPUT);
            } else {
              // A cut answer costs what it came to until it stopped.
              const stopped = cutBefore ? Math.min(tokens, stream.tokens + MARGIN_TOKENS / 2) : stream.tokens;
              const counted = cutBefore ? Math.max(stopped, ticket.outputTokensMax ?? 0) : stopped;
              ticket.settle(end({ costNanoUsd: counted * OUTPUT, outcome: cutBefore ? 'cut' : 'completed' }));
              running.splice(running.indexOf(run), 1);
            }
            assert.ok(spent() + bench.held <= limit);
          }
        }
        assert.equal(running.length, 0);
      },
    ),
    { numRuns: 60 },
  );
});

test('what a session has come to is paid while it runs, and ends it once where a hard budget counts on it', async () => {
  for (const [action, ends] of [
    ['block', ['budget_exceeded']],
    ['warn', []],
  ] as const) {
    const bench = await new Bench().limit('5', { action, unknown: 'allow' });
    const { ticket, cuts } = bench.begin({ model: 'new' });
    for (const nanoUsd of [2_000_000_000, 6_000_000_000, 7_000_000_000])
      ticket.payUntilNow([{ model: 'new', nanoUsd, isUnknown: false }]);
    assert.deepEqual(
      cuts.map(({ code }) => code),
      ends,
    );
    ticket.settle(end({ costNanoUsd: 7_000_000_000, modelUsed: 'new' }));
    ticket.payUntilNow([{ model: 'new', nanoUsd: 9_000_000_000, isUnknown: false }]);
    assert.equal(bench.ledger.standings()[0]?.spentNanoUsd, 7_000_000_000);
  }
  // One whose price is known has set that aside, and pays at its end.
  const bench = await new Bench().limit('100');
  const { ticket } = bench.begin();
  ticket.payUntilNow([{ model: 'gpt-4o', nanoUsd: 1_000_000_000, isUnknown: false }]);
  assert.equal(bench.ledger.standings()[0]?.spentNanoUsd, 0);
});
