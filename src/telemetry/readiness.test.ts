import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Check, degraded, WELL } from '../core/readiness.ts';
import { ownPages } from './own-pages.ts';
import { Readiness } from './readiness.ts';

const silence = { state: 'degraded', about: 'records wait' } as const;
const well: Check = { name: 'well', silence, look: () => WELL };
let nowMs = 0;
const clock = { monotonicMs: () => nowMs };
const readiness = (...checks: readonly Check[]): Readiness => new Readiness({ checks, clock, limitMs: 5 });

test('the worst check decides', async () => {
  const worse: Check = { name: 'worse', silence, look: () => degraded('one upstream fails') };
  const worst: Check = { name: 'worst', silence, look: () => ({ state: 'failed', about: 'no lease' }) };
  assert.equal((await readiness().answer()).state, 'ok');
  assert.equal((await readiness(well).answer()).state, 'ok');
  assert.equal((await readiness(well, worse).answer()).state, 'degraded');
  assert.equal((await readiness(worst, worse, well).answer()).state, 'failed');
});

test('a check that throws or never answers is what its silence means, with the reason', async () => {
  const throwing: Check = { name: 'throwing', silence, look: () => Promise.reject(new Error('is locked')) };
  const stuck: Check = {
    name: 'stuck',
    silence: { state: 'failed', about: 'budgets cannot be checked' },
    look: () => new Promise(() => undefined),
  };
  const { state, checks } = await readiness(throwing, stuck).answer();
  assert.equal(state, 'failed');
  assert.deepEqual(checks.throwing, { state: 'degraded', about: 'records wait (is locked)' });
  assert.deepEqual(checks.stuck, {
    state: 'failed',
    about: 'budgets cannot be checked (no answer within 0.005 s)',
  });
});

test('however often it is asked, the checks run once in a while', async () => {
  let looks = 0;
  const counting: Check = {
    name: 'counting',
    silence,
    look() {
      looks += 1;
      return WELL;
    },
  };
  const asked = readiness(counting);
  await Promise.all([asked.answer(), asked.answer()]);
  await asked.answer();
  assert.equal(looks, 1);
  nowMs += 501;
  await asked.answer();
  assert.equal(looks, 2);
});

test('only what refuses traffic takes the server out of it, and only the page for operators says why', async () => {
  const page = async (check: Check, isDetailed: boolean) =>
    ownPages({ readiness: readiness(check), isDetailed, metrics: null }).page('/ready', undefined);
  const worse: Check = { name: 'upstreams', silence, look: () => degraded('second (openai) fails') };
  const worst: Check = { name: 'leases', silence, look: () => ({ state: 'failed', about: 'none' }) };
  assert.equal((await page(worst, true))?.status, 503);
  const open = await page(worse, false);
  assert.equal(open?.status, 200);
  assert.deepEqual(JSON.parse(open.body), { status: 'degraded', checks: { upstreams: 'degraded' } });
  assert.match((await page(worse, true))?.body ?? '', /second \(openai\) fails/);
  const pages = ownPages({ readiness: readiness(), isDetailed: true, metrics: null });
  for (const path of ['/elsewhere', 'constructor', '/metrics'])
    assert.equal(pages.page(path, undefined), null);
});
