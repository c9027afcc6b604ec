// Three proxies race for one hard budget on one PostgreSQL, while one is killed, one is stopped and goes on, two have wrong
// clocks, and the database goes down. What the provider saw is summed at every arrival. In CI this takes seconds;
// TOKENWATCH_TEST_FAULTS=long stops the one for 30 seconds, past every time after which others count it as gone.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/core/clock.ts';
import { BudgetBook } from '../../src/ledger/budget-book.ts';
import { visitStore } from '../../src/storage/registry.ts';
import { postgresFolders, startPostgres } from '../postgres-server.ts';
import { startCountingUpstream } from './counting-upstream.ts';
import { assertAllTold, load, recordsOf, type Tally, watch } from './race.ts';
import { startProxy } from './start-proxy.ts';

const IS_LONG = process.env.TOKENWATCH_TEST_FAULTS === 'long';
const STOPPED_MS = IS_LONG ? 30_000 : 1500;
const DOWN_MS = IS_LONG ? 10_000 : 1200;
const BETWEEN_MS = IS_LONG ? 5000 : 700;
const CLIENTS_EACH = IS_LONG ? 12 : 4;
const PAUSE_MS = IS_LONG ? 20 : 15;
const LIMIT_USD = IS_LONG ? '0.5' : '0.03';
const LIMIT_NANO_USD = Number(LIMIT_USD) * 1e9;
const HOUR_MS = 3_600_000;
const [folder] = postgresFolders();

/** In which it is shortly after midnight: a clock that is an hour behind lives in another day. */
function zoneAfterMidnight(): string {
  const hour = new Date().getUTCHours();
  return hour <= 12 ? `Etc/GMT+${hour}` : `Etc/GMT-${24 - hour}`;
}

test('three proxies never let through more than one hard budget, whatever fails, and nothing is lost or double', {
  skip: folder === undefined ? 'no PostgreSQL here' : false,
  timeout: IS_LONG ? 400_000 : 200_000,
}, async (context) => {
  const postgres = await startPostgres(folder as string);
  context.after(() => postgres.close());
  const upstream = await startCountingUpstream(() => 5 + Math.random() * 25);
  context.after(() => upstream.close());
  const folders = [0, 1, 2].map(() => mkdtempSync(join(tmpdir(), 'tokenwatch-shared-')));
  context.after(() => {
    for (const each of folders) rmSync(each, { recursive: true, force: true });
  });
  const timeZone = zoneAfterMidnight();
  const environments = folders.map((dataDir) => ({
    TOKENWATCH_DATA_DIR: dataDir,
    TOKENWATCH_DATABASE_URL: postgres.url,
    TOKENWATCH_OPENAI_URL: upstream.url,
    TOKENWATCH_BUDGET_TIMEZONE: timeZone,
    TOKENWATCH_BUDGET_WAIT: '500ms',
  }));
  const visit = await visitStore(environments[0]!, 'create');
  await new BudgetBook({ bank: visit.budgets, clock: systemClock, timeZone }).set({
    limit: LIMIT_USD,
    period: 'daily',
    name: 'shared',
  });
  await visit.close();

  const offsets = [0, -HOUR_MS, HOUR_MS];
  const proxies = await Promise.all(environments.map((each, index) => startProxy(each, offsets[index])));
  context.after(async () => {
    for (const proxy of proxies) proxy.child.kill('SIGKILL');
  });
  const tally: Tally = { sent: 0, answered: 0, statuses: new Map() };
  const seen = watch(upstream);
  let isOver = false;
  let isLast = false;
  context.after(() => {
    isOver = true;
  });
  // In the end what is left goes fast, then in ever smaller parts.
  const tokens = (): number => {
    if (!isLast) return 5 + Math.floor(Math.random() * 20);
    const left = Math.max(0, LIMIT_NANO_USD - upstream.totalNanoUsd);
    return 1 + Math.floor(Math.random() * Math.min(4000, left / 600 / 8));
  };
  const clients = proxies.flatMap((_, index) =>
    Array.from({ length: CLIENTS_EACH }, () =>
      load(
        () => proxies[index]!,
        () => isOver,
        tokens,
        tally,
        PAUSE_MS,
      ),
    ),
  );
  const never = (): void =>
    assert.ok(seen.most() <= LIMIT_NANO_USD, `${seen.most()} of ${LIMIT_NANO_USD} were let through`);
  while (upstream.costs.size < 40) await sleep(20);
  const atKill = upstream.costs.size;
  await proxies[0]!.kill();
  await sleep(BETWEEN_MS);
  never();
  proxies[0] = await startProxy(environments[0]!, offsets[0]);
  await sleep(BETWEEN_MS);
  proxies[1]!.child.kill('SIGSTOP');
  await sleep(STOPPED_MS);
  never();
  proxies[1]!.child.kill('SIGCONT');
  await sleep(BETWEEN_MS);
  const atDown = upstream.costs.size;
  await postgres.stop();
  await sleep(DOWN_MS);
  never();
  const whileDown = upstream.costs.size - atDown;
  await postgres.start();
  await sleep(BETWEEN_MS * 2);
  isLast = true;
  const until = Date.now() + (IS_LONG ? 120_000 : 20_000);
  while (LIMIT_NANO_USD - upstream.totalNanoUsd > 60_000 && Date.now() < until) await sleep(50);
  isOver = true;
  await Promise.all(clients);
  seen.end();
  never();
  await Promise.all(proxies.map((proxy) => proxy.stop()));

  const records = await recordsOf(environments[0]!);
  const told = assertAllTold(records, upstream, tally.answered, LIMIT_NANO_USD);
  context.diagnostic(
    `limit ${LIMIT_NANO_USD} nano-dollars, at most let through ${seen.most()}, ${told}; ` +
      `${tally.sent} requests sent, ${upstream.costs.size} reached the provider (${atKill} before the kill, ${whileDown} while the database was down), ` +
      `${tally.answered} answered; ${JSON.stringify([...tally.statuses])}`,
  );
  assert.ok(upstream.totalNanoUsd > LIMIT_NANO_USD * 0.9, 'the budget was not used up');
});
