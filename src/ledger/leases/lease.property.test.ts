// Several instances of one database race for one hard budget, in any order of events: asks, answers that come late or
// never, crashes, restarts, pauses, clocks that jump. What they let through together is summed after each.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  BUDGET,
  EACH,
  type Fault,
  INSTANCES,
  type Instance,
  LIMIT,
  SESSIONS,
  World,
} from '../../../test/budgets/leased-instances.ts';
import type { Budget } from '../budget.ts';

const HOUR_MS = 3_600_000;

type Step = (world: World) => void | Promise<void>;
const at = (world: World, index: number): Instance => world.instances[index] as Instance;
const whose = fc.nat(INSTANCES - 1);
const amount = fc.integer({ min: 1, max: 300 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const pick = fc.nat(9);
const session = fc.constantFrom(...SESSIONS);
const exchange = async (instance: Instance): Promise<void> => {
  instance.ask();
  await instance.serve();
  instance.deliver();
};

/** As a client does that waits: it asks, the instance gets more, it asks again. */
const work = async (instance: Instance, worst: number, session: string): Promise<void> => {
  instance.reserve(worst, 1, session);
  await exchange(instance);
  instance.reserve(worst, 1, session);
};

/** fast-check tells of a failed property with its reason as the cause. */
const overspent = (error: Error): boolean =>
  /of 500 were let through/.test(error.cause instanceof Error ? error.cause.message : error.message);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(whose, amount, session).map(
      ([i, worst, name]): Step =>
        (w) =>
          work(at(w, i), worst, name),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(whose, amount, share, session).map(
      ([i, worst, part, name]): Step =>
        (w) =>
          at(w, i).reserve(worst, part, name),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(whose, pick, share).map(
      ([i, p, part]): Step =>
        (w) =>
          at(w, i).settle(p, part),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(whose, pick, amount).map(
      ([i, p, more]): Step =>
        (w) =>
          at(w, i).grow(p, more),
    ),
  },
  {
    weight: 4,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          exchange(at(w, i)),
    ),
  },
  {
    weight: 2,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).ask(),
    ),
  },
  {
    weight: 2,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).serve(),
    ),
  },
  {
    weight: 2,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).deliver(),
    ),
  },
  {
    weight: 1,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).lose(),
    ),
  },
  {
    weight: 1,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).crash(),
    ),
  },
  {
    weight: 2,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).start(),
    ),
  },
  {
    weight: 1,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).release(),
    ),
  },
  {
    weight: 1,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).load(),
    ),
  },
  {
    weight: 2,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).drop(),
    ),
  },
  {
    weight: 1,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).stop(),
    ),
  },
  {
    weight: 1,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).configure([w.budget]),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(100, 3000, 15_000, 45_000).map(
      (ms): Step =>
        (w) => {
          w.nowMs += ms;
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(whose, fc.constantFrom(-HOUR_MS, 0, HOUR_MS)).map(
      ([i, ms]): Step =>
        (w) =>
          at(w, i).skew(ms),
    ),
  },
);

function racing(fault: Fault, numRuns: number, budget: Budget = BUDGET): Promise<void> {
  const property = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), async (steps) => {
    const world = new World(fault, budget);
    for (const instance of world.instances) await instance.start();
    for (const each of steps) {
      await each(world);
      world.check();
    }
  });
  return fc.assert(property, { numRuns, ...(fault === 'none' ? {} : { seed: 7, endOnFailure: true }) });
}

test('instances never let through more than a shared hard budget, whatever happens in whatever order', async () => {
  await racing('none', Number(process.env.TOKENWATCH_TEST_LEASE_RUNS ?? 600));
});

test('nor more than each session’s allowance, whose leases come and go', async () => {
  await racing('none', Number(process.env.TOKENWATCH_TEST_LEASE_RUNS ?? 600), EACH);
});

test('the same race finds out a lease that expires by time', async () => {
  await assert.rejects(racing('expiry gives money back', 5000), overspent);
  await assert.rejects(racing('expiry gives money back', 5000, EACH), overspent);
});

/**
 * One instance has a large slice and rests; it gives back while another one asks, and is busy again before it is told.
 */
async function givingBack(fault: Fault): Promise<void> {
  const world = new World(fault, BUDGET);
  const [first, second] = [at(world, 0), at(world, 1)];
  await first.start();
  await second.start();
  for (let round = 0; round < 4; round += 1) {
    first.reserve(50, 1);
    await exchange(first);
    first.reserve(50, 1);
    first.settle(0, 0);
    world.nowMs += 200;
  }
  world.nowMs += 5000;
  first.ask();
  await first.serve();
  for (let round = 0; round < 12; round += 1) {
    second.reserve(50, 1);
    await exchange(second);
    second.reserve(50, 1);
  }
  for (let round = 0; round < 12; round += 1) {
    first.reserve(50, 1);
    world.check();
  }
}

test('what is given back is taken off before it is told', async () => {
  await givingBack('none');
  await assert.rejects(givingBack('tells before it gives back'), overspent);
});

/**
 * One instance has served a session, gives back what it did not need, and lets go of it; then another one serves it.
 */
async function lettingGo(fault: Fault): Promise<void> {
  const world = new World(fault, EACH);
  const [first, second] = [at(world, 0), at(world, 1)];
  await first.start();
  await second.start();
  await work(first, 300, SESSIONS[0]);
  first.settle(0, 1);
  await exchange(first);
  world.nowMs += 45_000;
  await exchange(first);
  await first.drop();
  for (let round = 0; round < 12; round += 1) {
    await work(second, 50, SESSIONS[0]);
    world.check();
  }
  const sum = world.kept.reduce((all, { nanoUsd }) => all + nanoUsd, 0);
  assert.equal(sum, LIMIT, 'what was let go of cannot be spent');
}

test('a member’s lease is dropped when its records are in, and not before', async () => {
  await lettingGo('none');
  await assert.rejects(lettingGo('drops a lease before its records are in'), overspent);
});
