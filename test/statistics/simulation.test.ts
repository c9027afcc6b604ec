// That a test may be watched: looked at after every request, no more than one in twenty shows a difference that is
// not there. `npm run simulate:ab` does the same at length.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  byOneLookInterval,
  byReport,
  SCENARIOS,
  type Scenario,
  shareOfQuantileMisses,
  shareShown,
} from './simulation.ts';

const RUNS = 200;
const REQUESTS = 1500;
const ALPHA = 0.05;

function scenarioOf(title: RegExp): Scenario {
  const found = SCENARIOS.find((scenario) => title.test(scenario.title));
  assert.ok(found !== undefined, `no scenario is named like ${title}`);
  return found;
}

for (const scenario of SCENARIOS)
  test(`without a difference none is shown in 95 of 100 tests, at any look: ${scenario.title}`, () => {
    const run = { scenario, effect: 1, requests: REQUESTS, look: byReport(scenario, ALPHA) };
    const { share } = shareShown(run, RUNS);
    assert.ok(share <= ALPHA, `${100 * share} % of the tests showed one`);
  });

test('the simulation finds out who looks often with an interval for one look', () => {
  const run = { scenario: scenarioOf(/^normal/), effect: 1, requests: REQUESTS, look: byOneLookInterval };
  assert.ok(shareShown(run, RUNS).share > 0.15);
});

test('the simulation finds out who takes the requests of a session for independent', () => {
  const scenario = scenarioOf(/alike/);
  const look = byReport(scenario, ALPHA);
  const run = { scenario, effect: 1, requests: REQUESTS, look, ignoresSessions: true };
  assert.ok(shareShown(run, RUNS).share > 0.15);
});

test('a variant that is 20 % cheaper is found, in nearly every test', () => {
  const scenario = scenarioOf(/σ 1/);
  const run = { scenario, effect: 0.8, requests: 6000, look: byReport(scenario, ALPHA) };
  const { share, medianAt } = shareShown(run, 40);
  assert.ok(share >= 0.95, `${100 * share} % were found`);
  assert.ok(medianAt !== null && medianAt < 1500, `at a median of ${medianAt} requests`);
});

test('the interval of a latency’s quantile misses it in no more than 5 of 100 tests, at any look', () => {
  for (const share of [0.5, 0.95])
    for (const length of [1, 10]) {
      const missed = shareOfQuantileMisses(share, length, REQUESTS, RUNS / 2);
      assert.ok(missed <= ALPHA, `p${100 * share}, sessions of ${length}: ${100 * missed} %`);
    }
});
