import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenWatchError } from '../core/errors.ts';
import type { RequestEnd } from '../core/record.ts';
import { NO_USAGE } from '../core/usage.ts';
import { parseBudget } from './book/budget-request.ts';
import { CostBound, type WorstCostQuestion } from './bounds/cost-bound.ts';
import { InputCount } from './bounds/input-count.ts';
import type { RunningStream } from './bounds/running-output.ts';
import type { Kill } from './budget.ts';
import type { BudgetTicket, TicketEnd } from './budget-ticket.ts';
import { ChargedKeys } from './charged-keys.ts';
import { BudgetGate, type GateOptions, type GateRequest } from './gate.ts';
import { Ledger } from './ledger.ts';

/** A dollar for a thousand output tokens; input is free. */
const prices = {
  worstCost: ({ model, outputTokens }: WorstCostQuestion) =>
    model === 'unknown' ? null : outputTokens * 1_000_000,
};
const identity = { id: 'b1', webhookSecret: 'whsec_AAAA', createdAtMs: 0 };
const NOTHING = { costNanoUsd: 0, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 };

async function gateWith(
  limit: string,
  options: Partial<GateOptions> = {},
): Promise<{ gate: BudgetGate; ledger: Ledger }> {
  const clock = { now: () => 1_000, monotonicMs: () => 0 };
  const ledger = new Ledger({ clock, timeZone: 'UTC', unknownPrice: 'allow', onThreshold: () => {} });
  const budgets = [parseBudget({ limit, app: 'agent' }, identity)];
  await ledger.configure({ budgets, kills: [] }, async () => [NOTHING]);
  const inputCount = new InputCount({ tokens: async () => null });
  const costs = new CostBound({ prices, inputCount, mode: 'worst' });
  return {
    gate: new BudgetGate({
      ledger,
      costs,
      cutsStreams: false,
      clock,
      waitMs: 0,
      charged: new ChargedKeys(),
      ...options,
    }),
    ledger,
  };
}

/** Nano-dollars for an output token, by model. */
function costsBy(rates: Readonly<Record<string, number>>): CostBound {
  const worstCost = ({ model, outputTokens }: WorstCostQuestion) => outputTokens * (rates[model] ?? 0);
  const inputCount = new InputCount({ tokens: async () => null });
  return new CostBound({ prices: { worstCost }, inputCount, mode: 'worst' });
}

let ids = 0;
function request(parts: Partial<GateRequest> = {}): GateRequest {
  ids += 1;
  return {
    id: `r${ids}`,
    endpoint: {
      name: 'messages',
      charge: 'text',
      hasModel: true,
      model: null,
      metered: true,
      asksForStreamUsage: false,
    },
    model: 'some-model',
    upstream: 'https://api.example.com',
    app: 'agent',
    operation: 'POST /v1/messages',
    tag: null,
    stream: false,
    maxOutputTokens: 1000,
    serviceTier: null,
    speed: null,
    others: [],
    body: () => ({ messages: [] }),
    atMs: 0,
    ...parts,
  };
}

function admit(gate: BudgetGate, parts: Partial<GateRequest> = {}): BudgetTicket {
  const admission = gate.admit(request(parts));
  assert.ok(admission.ticket);
  return admission.ticket;
}

const end = (parts: Partial<TicketEnd> = {}): TicketEnd =>
  ({
    costNanoUsd: 0,
    listCostNanoUsd: null,
    usage: NO_USAGE,
    usageSource: 'provider',
    outcome: 'completed',
    billingKey: null,
    modelUsed: null,
    runs: null,
    ...parts,
  }) satisfies Partial<RequestEnd>;

/** A stream of which so much text was seen. */
const seen = (textBytes: number): RunningStream => ({
  progress: { textBytes, thinkingBytes: 0, inputTokens: null, model: null },
  takeText: () => ({ text: 'x'.repeat(textBytes), bytes: textBytes, lostBytes: 0 }),
});

test('a request reserves its worst cost and is settled to its real one', async () => {
  const { gate, ledger } = await gateWith('2.5');
  const ticket = admit(gate);
  assert.equal(ticket.reservedNanoUsd, 1_000_000_000);
  admit(gate);
  const third = gate.admit(request());
  assert.equal(third.ticket === null && third.error.code, 'budget_busy');
  ticket.settle(end({ costNanoUsd: 100_000_000 }));
  admit(gate);
  assert.deepEqual(
    ledger.standings().map((standing) => [standing.spentNanoUsd, standing.reservedNanoUsd]),
    [[100_000_000, 2_000_000_000]],
  );
});

test('where no budget applies, the body is not read and nothing is bounded', async () => {
  const { gate } = await gateWith('1');
  const body = () => assert.fail('the body was read');
  assert.equal(admit(gate, { app: 'other', body }).reservedNanoUsd, null);
});

test('an answer at an unknown price says so, and one past a threshold names its budget', async () => {
  const { gate } = await gateWith('1');
  const unpriced = gate.admit(request({ model: 'unknown' }));
  assert.deepEqual(unpriced.ticket && unpriced.headers, { 'x-tokenwatch-budget-unpriced': 'true' });
  admit(gate).settle(end({ costNanoUsd: 900_000_000 }));
  const warned = gate.admit(request({ maxOutputTokens: 10 }));
  assert.equal(warned.ticket && warned.headers['x-tokenwatch-budget-spent'], '0.9');
  assert.equal(warned.ticket && warned.headers['x-tokenwatch-budget-limit'], '1');
});

test('a stream that runs past its reservation takes more, and is cut where the budget has no more', async () => {
  const { gate, ledger } = await gateWith('2', { cutsStreams: true });
  const ticket = admit(gate);
  const cuts: TokenWatchError[] = [];
  ticket.onCut((error) => cuts.push(error));
  ticket.progress(seen(3_000));
  assert.equal(ledger.standings()[0]?.reservedNanoUsd, 1_000_000_000);
  ticket.progress(seen(7_000));
  assert.equal(ledger.standings()[0]?.reservedNanoUsd, 1_750_000_000);
  ticket.progress(seen(40_000));
  ticket.progress(seen(80_000));
  assert.deepEqual(
    cuts.map((error) => error.code),
    ['budget_exceeded'],
  );
});

test('a stream that is not to be cut takes what it needs, and others see it', async () => {
  const { gate, ledger } = await gateWith('2');
  const ticket = admit(gate);
  ticket.onCut(() => assert.fail('the stream was cut'));
  ticket.progress(seen(40_000));
  assert.equal(ledger.standings()[0]?.reservedNanoUsd, 10_000_000_000);
  assert.equal(gate.admit(request({ maxOutputTokens: 1 })).ticket, null);
  ticket.settle(end({ costNanoUsd: 10_000_000_000 }));
  assert.equal(ledger.standings()[0]?.overrunNanoUsd, 9_000_000_000);
});

test('what is set aside is for the dearest of the models that a request names', async () => {
  const { gate, ledger } = await gateWith('2.5', { costs: costsBy({ cheap: 1000, dear: 2_000_000 }) });
  const ticket = admit(gate, { model: 'cheap', alsoModels: ['dear'] });
  assert.equal(ticket.reservedNanoUsd, 2_000_000_000);
  assert.equal(admit(gate, { model: 'cheap' }).reservedNanoUsd, 1_000_000);
  const scope = { app: null, model: 'dear*', tag: null };
  await ledger.configure({ budgets: [], kills: [{ id: 'k1', scope, createdAtMs: 0 }] }, async () => []);
  const killed = gate.admit(request({ model: 'cheap', alsoModels: ['dear'] }));
  assert.equal(killed.ticket === null && killed.error.code, 'budget_killed');
  assert.ok(gate.admit(request({ model: 'cheap', alsoModels: ['other'] })).ticket);
});

test('a kill switch holds for the models that a body names before the one that counts, and budgets go by that one', async () => {
  const { gate, ledger } = await gateWith('2.5', { costs: costsBy({ cheap: 1000, dear: 2_000_000 }) });
  const twice = { model: 'cheap', earlierModels: ['other', 'dear'] };
  const ticket = admit(gate, twice);
  assert.equal(ticket.reservedNanoUsd, 1_000_000);
  const cuts: unknown[] = [];
  ticket.onCut((error) => cuts.push(error.code));
  const kill = (model: string): Promise<unknown> => {
    const kills = [{ id: model, scope: { app: null, model, tag: null }, createdAtMs: 0 }];
    return ledger.configure({ budgets: [], kills }, async () => []);
  };
  await kill('else');
  assert.deepEqual(cuts, []);
  await kill('dear');
  assert.deepEqual(cuts, ['budget_killed']);
  const killed = gate.admit(request(twice));
  assert.equal(killed.ticket === null && killed.error.code, 'budget_killed');
  assert.ok(gate.admit(request({ ...twice, earlierModels: ['other'] })).ticket);
});

test('what is known to be free passes the kill switch of its model, and not that of its app', async () => {
  const { gate, ledger } = await gateWith('9');
  const kill = (scope: Partial<Kill['scope']>): Promise<unknown> => {
    const kills = [{ id: 'k1', scope: { app: null, model: null, tag: null, ...scope }, createdAtMs: 0 }];
    return ledger.configure({ budgets: [], kills }, async () => []);
  };
  const free = (): GateRequest => {
    const counted = request({ model: 'dear', alsoModels: ['dear-too'] });
    return { ...counted, endpoint: { ...counted.endpoint, charge: 'nothing' } };
  };
  await kill({ model: 'dear*' });
  assert.ok(gate.admit(free()).ticket);
  assert.equal(gate.admit(request({ model: 'dear' })).ticket, null);
  await kill({ app: 'agent' });
  assert.equal(gate.admit(free()).ticket, null);
});

test('a kill switch cuts a ticket once, and none that has ended', async () => {
  const { gate, ledger } = await gateWith('9');
  const [running, ended] = [admit(gate), admit(gate)];
  let cuts = 0;
  running.onCut(() => {
    cuts += 1;
  });
  ended.onCut(() => assert.fail('a request that had ended was cut'));
  ended.settle(end());
  const scope = { app: 'agent', model: null, tag: null };
  for (const id of ['k1', 'k2']) {
    await ledger.configure({ budgets: [], kills: [{ id, scope, createdAtMs: 0 }] }, async () => []);
  }
  assert.equal(cuts, 1);
});

test('usage that is fetched again is charged once', async () => {
  const { gate, ledger } = await gateWith('10');
  admit(gate).settle(end({ costNanoUsd: 5, billingKey: 'openai resp_1' }));
  admit(gate).settle(end({ costNanoUsd: 5, billingKey: 'openai resp_1' }));
  admit(gate).settle(end({ costNanoUsd: 7, billingKey: 'openai resp_2' }));
  assert.equal(ledger.standings()[0]?.spentNanoUsd, 12);
});
