import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Circuit, FAILURES_TO_OPEN } from './circuit.ts';

const HOUR_MS = 3_600_000;

function opened(random = () => 0.5): Circuit {
  const circuit = new Circuit({ random });
  for (let count = 0; count < FAILURES_TO_OPEN; count += 1) circuit.failed(circuit.begin(0), 0);
  return circuit;
}

test('it opens at the third failure in a row, not before', () => {
  const circuit = new Circuit({ random: () => 0.5 });
  for (let count = 1; count <= FAILURES_TO_OPEN; count += 1) {
    assert.equal(circuit.state(0), 'closed');
    circuit.failed(circuit.begin(0), 0);
  }
  assert.equal(circuit.state(0), 'open');
  assert.equal(circuit.isWilling(0), false);
});

test('failures among many successes do not open it', () => {
  const circuit = new Circuit({ random: () => 0.5 });
  for (let count = 0; count < 20; count += 1) circuit.succeeded(circuit.begin(0), 0, 5);
  for (let count = 0; count < 10; count += 1) circuit.failed(circuit.begin(0), 0);
  assert.equal(circuit.state(0), 'closed');
  assert.equal(circuit.figures(0).latencyMs, 5);
});

test('failures that lie minutes back do not count', () => {
  const circuit = new Circuit({ random: () => 0.5 });
  for (let count = 0; count < 50; count += 1) {
    const nowMs = count * 60_000;
    circuit.failed(circuit.begin(nowMs), nowMs);
  }
  assert.equal(circuit.state(50 * 60_000), 'closed');
});

test('half-open, it takes one trial at a time; a success closes it', () => {
  const circuit = opened();
  const atMs = circuit.reopensAtMs ?? 0;
  assert.equal(circuit.state(atMs - 1), 'open');
  assert.equal(circuit.state(atMs), 'half-open');
  const trial = circuit.begin(atMs);
  assert.equal(circuit.isWilling(atMs), false);
  circuit.succeeded(trial, atMs, 1);
  assert.equal(circuit.state(atMs), 'closed');
  circuit.failed(circuit.begin(atMs), atMs);
  assert.equal(circuit.state(atMs), 'closed', 'the failures before count no more');
});

test('a trial that says nothing leaves room for the next', () => {
  const circuit = opened();
  const atMs = circuit.reopensAtMs ?? 0;
  circuit.abandoned(circuit.begin(atMs));
  assert.equal(circuit.isWilling(atMs), true);
});

test('each failed trial makes the next wait longer, up to a bound, and the wait is spread', () => {
  const circuit = opened();
  let before = 0;
  for (let count = 0; count < 12; count += 1) {
    const atMs = circuit.reopensAtMs ?? 0;
    circuit.failed(circuit.begin(atMs), atMs);
    const delayMs = (circuit.reopensAtMs ?? 0) - atMs;
    assert.ok(delayMs >= before, `${delayMs} after ${before}`);
    before = delayMs;
  }
  assert.equal(before, 60_000);
  assert.notEqual(opened(() => 0).reopensAtMs, opened(() => 0.99).reopensAtMs);
});

test('requests that were under way when it opened do not prolong it', () => {
  const circuit = new Circuit({ random: () => 0.5 });
  const passages = Array.from({ length: 20 }, () => circuit.begin(0));
  for (const passage of passages.slice(0, 3)) circuit.failed(passage, 0);
  const { reopensAtMs } = circuit;
  for (const passage of passages.slice(3)) circuit.failed(passage, 1);
  assert.equal(circuit.reopensAtMs, reopensAtMs);
});

type Step = readonly ['begin' | 'succeed' | 'fail' | 'abandon' | 'break' | 'probe', number, number];

test('whatever happens: at most one trial, an open one opens again within its bound, and a success closes it', () => {
  const step = fc.tuple(
    fc.constantFrom('begin', 'succeed', 'fail', 'abandon', 'break', 'probe') as fc.Arbitrary<Step[0]>,
    fc.integer({ min: 0, max: 90_000 }),
    fc.nat(),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (steps, luck) => {
        const circuit = new Circuit({ random: () => luck });
        const passages: ReturnType<Circuit['begin']>[] = [];
        let nowMs = 0;
        for (const [what, laterMs, pick] of steps) {
          nowMs += laterMs;
          const passage = passages.splice(pick % Math.max(1, passages.length), what === 'begin' ? 0 : 1)[0];
          if (what === 'begin') {
            const willing = circuit.isWilling(nowMs);
            const begun = circuit.begin(nowMs);
            assert.equal(begun.isTrial, willing && circuit.state(nowMs) === 'half-open');
            passages.push(begun);
          } else if (what === 'break') circuit.broke(nowMs);
          else if (what === 'probe') circuit.probed(nowMs);
          else if (passage !== undefined) {
            if (what === 'succeed') {
              circuit.succeeded(passage, nowMs, 1);
              assert.equal(circuit.state(nowMs), 'closed');
            } else if (what === 'fail') circuit.failed(passage, nowMs);
            else circuit.abandoned(passage);
          }
          assert.ok(passages.filter(({ isTrial }) => isTrial).length <= 1);
          const { errorRate, requests } = circuit.figures(nowMs);
          assert.ok(errorRate >= 0 && errorRate <= 1 && requests >= 0);
          assert.ok((circuit.reopensAtMs ?? nowMs) - nowMs <= 75_000);
          assert.notEqual(circuit.state(nowMs + HOUR_MS), 'open');
        }
      },
    ),
  );
});
