// Three proxies race for one hard budget, and for what each session may spend, on one PostgreSQL, while one is killed, one
// is stopped and goes on, two have wrong clocks, and the database goes down. What the provider saw is summed at every
// arrival, and each step follows what was seen, not the time. `npm run faults:shared -- --minutes 5` does it for longer, in
// every order, with long stops.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postgresFolders } from '../postgres-server.ts';
import { assertAllTold, promptOf, recordsOf } from './race.ts';
import { anySession, Scene, SESSIONS, towardsTheEnd } from './scene.ts';

const LIMIT_USD = '0.01';
const LIMIT_NANO_USD = Number(LIMIT_USD) * 1e9;
const EACH_USD = '0.004';
const EACH_NANO_USD = Number(EACH_USD) * 1e9;
/** Less than that is worth no further request. */
const REST_NANO_USD = 100_000;
const STEP_REQUESTS = 8;
const [folder] = postgresFolders();

test('three proxies never let through more than one hard budget, whatever fails, and nothing is lost or double', {
  skip: folder === undefined ? 'no PostgreSQL here' : false,
  timeout: 200_000,
}, async (context) => {
  const scene = await Scene.open({ folder: folder as string, seed: 12, clientsEach: 2, pauseMs: 30 });
  context.after(() => scene.close());
  const { upstream, postgres, chance } = scene;
  const left = (): number => LIMIT_NANO_USD - upstream.totalNanoUsd;
  const spentBy = (session: string): number => upstream.totalOf(promptOf('hi', session));
  const never = (): void => {
    assert.ok(left() >= 0, `${upstream.totalNanoUsd} of ${LIMIT_NANO_USD} were let through`);
    for (const session of SESSIONS)
      assert.ok(spentBy(session) <= EACH_NANO_USD, `${spentBy(session)} of ${EACH_NANO_USD} for ${session}`);
  };
  await scene.setBudget({ limit: LIMIT_USD, name: 'shared' });
  await scene.setBudget({ limit: EACH_USD, name: 'each', per: 'session' });
  scene.ask(() => ({ prompt: 'hi', session: anySession(chance), tokens: chance.from(5, 25) }));
  await scene.begin();
  await scene.letThrough(24);

  const atKill = upstream.costs.size;
  await scene.kill(0);
  await scene.letThrough(STEP_REQUESTS);
  await scene.start(0);
  await scene.ended(0, STEP_REQUESTS);
  never();

  scene.freeze(1);
  await scene.letThrough(STEP_REQUESTS);
  scene.thaw(1);
  await scene.ended(1, STEP_REQUESTS);
  never();

  const atDown = upstream.costs.size;
  await postgres.stop();
  await Promise.all([0, 1, 2].map((index) => scene.ended(index, STEP_REQUESTS)));
  const whileDown = upstream.costs.size - atDown;
  never();
  await postgres.start();

  const tokens = towardsTheEnd(chance, left);
  scene.ask(() => ({ prompt: 'hi', session: anySession(chance), tokens: tokens() }));
  await scene.until('the budget is used up', () => left() <= REST_NANO_USD);
  await scene.end();
  never();
  const most = Math.max(...SESSIONS.map(spentBy));
  assert.ok(most > 0.8 * EACH_NANO_USD, `of ${EACH_NANO_USD} no session has spent more than ${most}`);
  const { tally } = scene;
  const told = assertAllTold(await recordsOf(scene.store), upstream, tally.answered, LIMIT_NANO_USD);
  context.diagnostic(
    `limit ${LIMIT_NANO_USD} nano-dollars, let through ${upstream.totalNanoUsd}, ${told}; ` +
      `limit of each ${EACH_NANO_USD}, ${SESSIONS.map((session) => `${session} ${spentBy(session)}`).join(', ')}; ` +
      `${tally.sent} requests sent, ${upstream.costs.size} reached the provider (${atKill} before the kill, ${whileDown} while the database was down), ` +
      `${tally.answered} answered; ${JSON.stringify([...tally.statuses])}`,
  );
});
