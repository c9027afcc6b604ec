// What settled requests add up to: each is counted where it would be counted alone, however much it is like those before.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestEnd, RequestStart } from '../../src/core/record.ts';
import { endOf, startOf } from '../../src/storage/conformance/model.ts';
import { RequestMetrics } from '../../src/telemetry/request-metrics.ts';

type Settled = readonly [start: RequestStart, end: RequestEnd];

/** Each differs in one thing from the first. */
const REQUESTS: readonly Settled[] = [
  [startOf(1), endOf()],
  ...(
    [
      { protocol: 'anthropic' },
      { endpoint: 'embeddings' },
      { modelRequested: 'other' },
      { modelRequested: null },
      { modelSent: 'other' },
      { modelSent: null },
    ] as const
  ).map((more, index): Settled => [startOf(index + 2, more), endOf()]),
  ...(
    [
      { upstream: 'https://api.anthropic.com' },
      { upstreamName: 'spare' },
      { outcome: 'upstream_error' },
      { outcome: 'refused' },
      { status: 500 },
      { status: null },
      { modelUsed: 'other' },
      { modelUsed: null },
    ] as const
  ).map((more, index): Settled => [startOf(index + 20), endOf(more)]),
];

test('requests that differ in one thing are counted as if each came alone', () => {
  const alone = new Map<string, number>();
  const together = new RequestMetrics({ isCharged: () => false });
  // Twice: the second of a kind finds what the first has opened.
  for (const [start, end] of [...REQUESTS, ...REQUESTS.toReversed()]) {
    together.settled(start, end);
    const one = new RequestMetrics({ isCharged: () => false });
    one.settled(start, end);
    for (const [series, value] of samplesOf(one)) alone.set(series, (alone.get(series) ?? 0) + value);
  }
  assert.deepEqual(samplesOf(together), withoutNothing(alone));
});

function samplesOf(metrics: RequestMetrics): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const family of metrics.families)
    for (const { suffix, labels, upTo, value } of family.samples())
      all.set([family.name, suffix, upTo, ...labels].join(' '), value);
  return withoutNothing(all);
}

/** In one order, and rounded: sums of dollars depend on theirs. */
function withoutNothing(samples: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const some = [...samples].filter(([, value]) => value !== 0);
  return new Map(some.sort().map(([series, value]) => [series, Number(value.toPrecision(9))]));
}
