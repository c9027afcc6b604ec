import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import type { Budget } from './budget.ts';
import { HoldDesk } from './hold-desk.ts';
import { Ledger } from './ledger.ts';
import { WaitingLine } from './waiting-line.ts';

const DAILY: Budget = {
  id: 'b1',
  name: 'daily',
  limitNanoUsd: 1000,
  period: 'daily',
  scope: { app: null, model: null, tag: null },
  action: 'block',
  thresholds: [80],
  webhookUrl: null,
  webhookSecret: null,
  createdAtMs: 0,
};
const OWNER = { host: hostname(), process: 'alive' };

async function bench(budgets: readonly Budget[] = [DAILY]) {
  const clock = { nowMs: Date.UTC(2026, 10, 26, 12), now: () => clock.nowMs, monotonicMs: () => clock.nowMs };
  const ledger = new Ledger({ clock, timeZone: 'UTC', unknownPrice: 'block', onThreshold: () => undefined });
  const nothing = { costNanoUsd: 0, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 };
  await ledger.configure({ budgets, kills: [] }, async (queries) => queries.map(() => nothing));
  const gone = new Set<string>();
  const desk = new HoldDesk({ ledger, clock, waitMs: 0, isAlive: (process) => !gone.has(process) });
  const ask = (worstCostNanoUsd: number, session: string | null, model = 'm') =>
    ledger.reserve({
      id: 'r',
      facets: { app: 'replay', tag: 'replay', model, session },
      worstCostNanoUsd,
      subject: `model "${model}"`,
    });
  const hold = (session: string, worstNanoUsd: number, more: object = {}) =>
    desk.hold({
      session,
      app: 'replay',
      tag: 'replay',
      owner: OWNER,
      models: [{ model: 'm', worstNanoUsd }],
      ...more,
    });
  const reserved = (): number => ledger.standings()[0]?.reservedNanoUsd ?? -1;
  return { clock, ledger, desk, ask, hold, reserved, gone };
}

test('a run holds its whole worst case; its requests take it, others do not', async () => {
  const { desk, ledger, ask, hold, reserved } = await bench();
  assert.equal(await hold('run', 900), 900);
  assert.equal(reserved(), 900);
  assert.equal(ask(200, 'another').refusal?.code, 'budget_busy');
  const first = ask(300, 'run').reservation;
  assert.ok(first);
  assert.equal(reserved(), 900, 'what a request holds is taken out of what its run holds');
  ledger.settle(first, 50);
  assert.equal(reserved(), 600, 'and is free when it has ended');
  assert.equal(ask(200, 'another').refusal, null);
  assert.equal(desk.release('run'), 600);
  assert.equal(reserved(), 200);
  assert.equal(desk.release('run'), 0);
});

test('what does not fit is not begun, and nothing of it is held', async () => {
  const { hold, reserved } = await bench();
  const models = [
    { model: 'm', worstNanoUsd: 600 },
    { model: 'n', worstNanoUsd: 600 },
  ];
  await assert.rejects(hold('run', 0, { models }), { code: 'budget_busy' });
  await assert.rejects(hold('run', 1001), /run is not begun: it can cost up to .* all of that is set aside/);
  assert.equal(reserved(), 0);
  await hold('first', 700);
  await assert.rejects(hold('second', 400), { code: 'budget_busy' });
  assert.equal(reserved(), 700);
});

test('a request for more than is left of its hold needs room for the rest alone', async () => {
  const { ask, hold, reserved } = await bench();
  await hold('run', 400);
  assert.equal(ask(1100, 'run').reservation, null);
  assert.equal(reserved(), 400, 'what was refused gives back what it was lent');
  assert.ok(ask(700, 'run').reservation);
  assert.equal(reserved(), 700);
  assert.ok(ask(300, 'run').reservation, 'an empty hold stands in nobody’s way');
});

test('each model has its own part', async () => {
  const { ask, hold, reserved } = await bench();
  await hold('run', 0, {
    models: [
      { model: 'm', worstNanoUsd: 300 },
      { model: 'n', worstNanoUsd: 500 },
    ],
  });
  assert.ok(ask(200, 'run', 'n').reservation);
  assert.ok(ask(200, 'run', 'o').reservation, 'of another model it holds nothing');
  assert.equal(reserved(), 1000);
});

test('a killed run’s hold counts until its process is known to be gone', async () => {
  const { ask, hold, gone, reserved } = await bench();
  await hold('killed', 900);
  await assert.rejects(hold('next', 900), { code: 'budget_busy' });
  gone.add('alive');
  const inFlight = ask(100, 'killed').reservation;
  assert.ok(inFlight);
  await assert.rejects(hold('next', 901, { owner: { ...OWNER, process: 'other' } }), { code: 'budget_busy' });
  assert.equal(reserved(), 100, 'what was in flight counts on');
  assert.equal(await hold('next', 900, { owner: { ...OWNER, process: 'other' } }), 900);
});

test('of another machine’s run nothing is known: its hold ends when nothing has been taken for long', async () => {
  const { clock, ask, hold, gone } = await bench();
  const owner = { host: 'elsewhere', process: 'far' };
  gone.add('far');
  await hold('far', 900, { owner });
  clock.nowMs += 20 * 60_000;
  assert.ok(ask(100, 'far').reservation);
  await assert.rejects(hold('next', 900), { code: 'budget_busy' });
  clock.nowMs += 20 * 60_000;
  await assert.rejects(hold('next', 900), { code: 'budget_busy' });
  clock.nowMs += 11 * 60_000;
  assert.equal(await hold('next', 900), 900);
});

test('a run whose money is set aside waits behind nobody', async () => {
  const { ledger, hold } = await bench();
  const line = new WaitingLine({ ledger, waitMs: 60_000, lengthMax: 10 });
  await hold('run', 900);
  const request = (session: string | null, worstCostNanoUsd: number) => ({
    id: 'r',
    facets: { app: 'replay', tag: 'replay', model: 'm', session },
    worstCostNanoUsd,
    subject: 'model "m"',
  });
  assert.equal(line.reserve(request(null, 500)), null);
  const cancel = line.wait(request(null, 500), () => assert.fail('it has no room'));
  assert.ok(line.reserve(request('run', 100))?.reservation);
  cancel();
});

test('a budget that is set while a run holds money counts it from then on', async () => {
  const { ledger, hold, ask } = await bench([]);
  await hold('run', 900);
  const nothing = { costNanoUsd: 0, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 };
  await ledger.configure({ budgets: [DAILY], kills: [] }, async (queries) => queries.map(() => nothing));
  assert.equal(ask(200, null).refusal?.code, 'budget_busy');
  const taken = ask(200, 'run').reservation;
  assert.ok(taken);
  ledger.settle(taken, 10);
  assert.equal(ledger.standings()[0]?.reservedNanoUsd, 700);
});
