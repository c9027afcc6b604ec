// Three proxies race for one hard budget, and for what each session may spend, on one Oracle Database (its double), while
// one is killed and comes back. What the provider saw is summed at every arrival.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/core/clock.ts';
import { BudgetBook } from '../../src/ledger/book/budget-book.ts';
import { visitStore } from '../../src/storage/registry.ts';
import { atEnd, temporaryFolder } from '../at-end.ts';
import { Chance } from '../faults/run/chance.ts';
import { doubleIsThere, startDouble } from '../oracle-server.ts';
import { startCountingUpstream } from './counting-upstream.ts';
import { assertAllTold, load, promptOf, type Question, recordsOf, type Tally, watch } from './race.ts';
import { SESSIONS } from './scene.ts';
import { startProxy } from './start-proxy.ts';

const LIMIT_USD = '0.002';
const LIMIT_NANO_USD = Number(LIMIT_USD) * 1e9;
const EACH_USD = '0.0008';
const EACH_NANO_USD = Number(EACH_USD) * 1e9;
const CLIENTS_EACH = 3;
const PAUSE_MS = 10;
/** The double has one writer, whom records as fast as requests would keep from all else on a busy machine. */
const OFFLINE_MS = 1000;
const BEFORE_KILL = 15;
const UNTIL_MS = 150_000;
/** So many refusals for good, and nobody gets anything more: what the killed proxy held is charged, whether sent or not. */
const REFUSALS = 30;

test('three proxies on one Oracle Database never let through more than one hard budget, and one is killed', {
  skip: doubleIsThere() ?? false,
  timeout: 280_000,
}, async (context) => {
  const server = await startDouble();
  atEnd(context, () => server.close());
  const chance = new Chance(7);
  const upstream = await startCountingUpstream(() => chance.from(5, 30));
  atEnd(context, () => upstream.close());
  const environments = [0, 1, 2].map(() => ({
    TOKENWATCH_DATA_DIR: temporaryFolder(context, 'shared'),
    TOKENWATCH_ORACLE_DSN: server.address.dsn,
    TOKENWATCH_ORACLE_USER: server.address.user,
    TOKENWATCH_ORACLE_PASSWORD: server.address.password,
    TOKENWATCH_OPENAI_URL: upstream.url,
    TOKENWATCH_BUDGET_TIMEZONE: 'UTC',
    TOKENWATCH_BUDGET_WAIT: '500ms',
  }));
  const [first] = environments;
  assert.ok(first !== undefined);
  const visit = await visitStore(first, 'create');
  const book = new BudgetBook({ bank: visit.budgets, clock: systemClock, timeZone: 'UTC' });
  await book.set({ limit: LIMIT_USD, period: 'total', name: 'shared' });
  await book.set({ limit: EACH_USD, period: 'total', name: 'each', per: 'session' });
  await visit.close();

  const proxies = await Promise.all(environments.map((each) => startProxy(each)));
  let isOver = false;
  atEnd(context, async () => {
    isOver = true;
    await Promise.all(proxies.map((proxy) => proxy.kill()));
  });
  const tally: Tally = { sent: 0, answered: 0, statuses: new Map() };
  const seen = watch(upstream);
  const left = (): number => LIMIT_NANO_USD - upstream.totalNanoUsd;
  const tokens = (): number => chance.from(1, Math.min(150, Math.max(1, left() / 600 / 4)));
  const question = (): Question => {
    const session = SESSIONS[chance.from(0, SESSIONS.length - 1)] ?? null;
    return { prompt: 'hi', tokens: tokens(), session };
  };
  const clients = proxies.flatMap((_, index) =>
    Array.from({ length: CLIENTS_EACH }, () =>
      load(
        () => proxies[index] as (typeof proxies)[number],
        () => isOver,
        question,
        tally,
        PAUSE_MS,
        OFFLINE_MS,
      ),
    ),
  );
  const until = Date.now() + UNTIL_MS;
  while (upstream.costs.size < BEFORE_KILL && Date.now() < until) await sleep(10);
  await proxies[0]?.kill();
  const atKill = upstream.costs.size;
  proxies[0] = await startProxy(first);
  const isUsedUp = (): boolean => (tally.statuses.get('budget_exceeded') ?? 0) >= REFUSALS;
  while (left() > 0.05 * LIMIT_NANO_USD && !isUsedUp() && Date.now() < until) await sleep(20);
  isOver = true;
  await Promise.all(clients);
  seen.end();
  assert.ok(seen.most() <= LIMIT_NANO_USD, `${seen.most()} of ${LIMIT_NANO_USD} were let through`);
  const each = SESSIONS.map((session) => upstream.totalOf(promptOf('hi', session)));
  assert.ok(Math.max(...each) <= EACH_NANO_USD, `${each} of ${EACH_NANO_USD} were let through`);
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  const told = assertAllTold(await recordsOf(first), upstream, tally.answered, LIMIT_NANO_USD);
  context.diagnostic(
    `limit ${LIMIT_NANO_USD} nano-dollars, at most let through ${seen.most()}, of ${EACH_NANO_USD} each ${each}, ${told}; ${tally.sent} sent, ` +
      `${upstream.costs.size} reached the provider (${atKill} before the kill), ${JSON.stringify([...tally.statuses])}`,
  );
  assert.ok(isUsedUp() || upstream.totalNanoUsd > LIMIT_NANO_USD * 0.9, 'the budget was not used up');
});
