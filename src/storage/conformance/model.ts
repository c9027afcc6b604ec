// The conformance suite's sample records, and the figures of a naive model to hold a store's against.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Analytics,
  BREAKDOWN_DIMENSIONS,
  type BreakdownDimension,
  type RequestSort,
  type UsageTotals,
} from '../../core/analytics.ts';
import type { RequestEnd, RequestRecord, RequestStart } from '../../core/record.ts';
import { facetsOf } from '../../core/tag.ts';
import { allInputTokens, NO_USAGE } from '../../core/usage.ts';
import type { SpoolLine } from '../../record/spool-line.ts';
import type { Rooms } from '../store.ts';
import type { TransferDesk } from '../transfer/ports.ts';

/** An empty store of its own, in whatever state the test then brings it. */
export interface StoreUnderTest extends Rooms {
  /** Whether it finds the nearest questions itself. */
  readonly comparesPrompts: boolean;
  readonly transfer: TransferDesk;
  /** Takes in what a running process has journalled, in one go. */
  take(lines: readonly SpoolLine[]): Promise<void>;
  /** The same for a process that was killed; then recovers. */
  takeFromKilled(lines: readonly SpoolLine[]): Promise<void>;
  reset(): Promise<number>;
  /** Writes a value into a cache table's column past all that guards it. */
  damage(
    table: 'cache_answers' | 'cache_questions',
    column: string,
    key: string,
    value: string | Uint8Array,
  ): Promise<void>;
  close(): Promise<void>;
}

/** One promise of a store: a test of its own on an empty store. */
export type Check = (title: string, body: (store: StoreUnderTest) => Promise<void>) => void;

const ALL = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const BUCKET_MS = 1000;
const LIMIT = 1000;

/** Of a property, so many runs: a share of them where a test file says that its store is a slow double. */
export function runs(count: number): number {
  return Math.max(2, Math.ceil(count * Number(process.env.TOKENWATCH_TEST_PROPERTY_SHARE ?? 1)));
}

/** Ids sort by start time, as UUIDv7 does. */
export function idOf(number: number): string {
  return `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
}

export function startOf(number: number, with_: Partial<RequestStart> = {}): RequestStart {
  return {
    id: idOf(number),
    startedAtMs: 1_700_000_000_000 + number,
    protocol: 'openai',
    endpoint: 'responses',
    method: 'POST',
    path: '/v1/responses',
    modelRequested: 'a',
    upstream: 'https://api.example.com/v1',
    upstreamName: null,
    streamed: true,
    app: 'app',
    userAgent: 'App/1',
    session: 's',
    tag: 't',
    modelSent: 'b',
    routingRule: 'rule',
    experiment: 'test',
    variant: 'b',
    reservedNanoUsd: null,
    reservedAtMs: null,
    unplanned: null,
    user: null,
    accessKey: null,
    ...with_,
  };
}

export function endOf(with_: Partial<RequestEnd> = {}): RequestEnd {
  return {
    outcome: 'completed',
    status: 200,
    errorCode: null,
    upstreamRequestId: 'req_1',
    responseId: 'resp_1',
    modelUsed: 'a-1',
    finishReason: 'stop',
    timeToFirstByteMs: 1.5,
    latencyMs: 2.5,
    requestBytes: 10,
    responseBytes: 20,
    usage: NO_USAGE,
    usageSource: 'provider',
    runs: null,
    serviceTier: 'standard',
    costNanoUsd: 100,
    reportedCostNanoUsd: null,
    listCostNanoUsd: null,
    priceSource: 'catalogue',
    costDoubt: null,
    cacheUse: null,
    savedNanoUsd: null,
    promptCacheSavedNanoUsd: null,
    billingKey: null,
    upstream: 'https://api.example.com/v1',
    upstreamName: null,
    attempts: null,
    ...with_,
  };
}

const REQUESTS_MAX = 12;
const count = fc.integer({ min: 0, max: 5000 });
const usage = fc.record({
  inputTokens: count,
  cacheReadTokens: count,
  cacheWrite5mTokens: count,
  cacheWrite1hTokens: count,
  outputTokens: fc.integer({ min: 500, max: 5000 }),
  reasoningTokens: fc.integer({ min: 0, max: 500 }),
});
const startFields = fc.record({
  startedAtMs: fc.integer({ min: 0, max: 5 * BUCKET_MS }),
  modelRequested: fc.constantFrom('a', 'b', null),
  app: fc.constantFrom('app', 'tool'),
  tag: fc.constantFrom('t', 'team=a', 'feature=x,team=b', 'steam=a,feature=y', 'team=,feature=x', null),
  upstreamName: fc.constantFrom('backup', null),
  session: fc.constantFrom('s', null),
  protocol: fc.constantFrom('openai', 'anthropic'),
});
const endFields = fc.record({
  outcome: fc.constantFrom('completed', 'cached', 'upstream_error', 'client_gone'),
  modelUsed: fc.constantFrom('a', 'b-1', null),
  latencyMs: fc.integer({ min: 0, max: 9 }),
  timeToFirstByteMs: fc.option(fc.integer({ min: 0, max: 9 })),
  costNanoUsd: fc.option(fc.integer({ min: 0, max: 1_000_000 })),
  usageSource: fc.constantFrom('provider', 'estimate', 'none'),
  usage: usage.map((figures) => ({ ...NO_USAGE, ...figures })),
});

/** Lines of some requests, shuffled and repeated, in batches. */
export const histories = fc
  .array(fc.tuple(startFields, fc.option(endFields)), { maxLength: REQUESTS_MAX })
  .chain((requests) => {
    const lines = requests.flatMap(([fields, end], index): SpoolLine[] => {
      const start = startOf(index, fields as Partial<RequestStart>);
      return end === null
        ? [{ start }]
        : [
            { start },
            { start, end: endOf({ upstreamName: start.upstreamName, ...(end as Partial<RequestEnd>) }) },
          ];
    });
    const some = fc.subarray(lines);
    return fc
      .tuple(fc.shuffledSubarray(lines, { minLength: lines.length }), some, fc.integer({ min: 1, max: 9 }))
      .map(([all, repeated, size]) => {
        const order = [...all, ...repeated];
        return Array.from({ length: Math.ceil(order.length / size) }, (_, index) =>
          order.slice(index * size, (index + 1) * size),
        );
      });
  });

export function modelOf(lines: readonly SpoolLine[]): readonly RequestRecord[] {
  const records = new Map<string, RequestRecord>();
  for (const line of lines) {
    const known = records.get(line.start.id);
    if ('end' in line) records.set(line.start.id, { ...line.start, ...line.end });
    else if (known === undefined) {
      const pending = endOf({ costNanoUsd: null, usageSource: 'none', modelUsed: null, latencyMs: 0 });
      records.set(line.start.id, { ...pending, ...line.start, outcome: 'in_flight' });
    }
  }
  return [...records.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

export async function assertFigures(analytics: Analytics, model: readonly RequestRecord[]): Promise<void> {
  const recent = await analytics.recent({ limit: LIMIT });
  assert.deepEqual(
    recent.map((record) => [record.id, record.outcome]),
    model.map((record) => [record.id, record.outcome]),
  );
  for (const range of [ALL, { fromMs: BUCKET_MS, toMs: 3 * BUCKET_MS }]) {
    const within = model.filter((r) => r.startedAtMs >= range.fromMs && r.startedAtMs < range.toMs);
    const ended = within.filter((record) => record.outcome !== 'in_flight');
    const firstBytes = ended.flatMap((record) => record.timeToFirstByteMs ?? []);
    assert.deepEqual(await analytics.summary(range), {
      ...totalsOf(within),
      latencyMs: percentilesOf(ended.map((record) => record.latencyMs)),
      timeToFirstByteMs: percentilesOf(firstBytes),
    });
    for (const by of [...BREAKDOWN_DIMENSIONS, 'tag:team', 'tag:feature'] as const) {
      const key = (record: RequestRecord): string | null => keyOf(record, by);
      const rows = await analytics.breakdown(range, by, LIMIT);
      const costs = rows.map((row) => row.costNanoUsd);
      assert.deepEqual(
        costs,
        costs.toSorted((a, b) => b - a),
      );
      const groups = Map.groupBy(within, key);
      const expected = [...groups].map(([group, records]) => ({ ...totalsOf(records), key: group }));
      assert.deepEqual(byKey(rows), byKey(expected));
      assert.equal((await analytics.breakdown(range, by, 1)).length, Math.min(1, expected.length));
    }
    const buckets = Map.groupBy(within, (r) => r.startedAtMs - (r.startedAtMs % BUCKET_MS));
    assert.deepEqual(
      await analytics.series(range, BUCKET_MS),
      [...buckets]
        .map(([bucketMs, records]) => ({ ...totalsOf(records), bucketMs }))
        .sort((a, b) => a.bucketMs - b.bucketMs),
    );
  }
  const { records } = await analytics.changes(0, LIMIT);
  assert.deepEqual(records.map((r) => r.id).sort(), model.map((r) => r.id).sort());
}

export function keyOf(record: RequestRecord, by: BreakdownDimension): string | null {
  if (by === 'model') return record.modelUsed ?? record.modelRequested;
  if (by === 'rule') return record.routingRule;
  if (by === 'key') return record.accessKey;
  if (by === 'upstream') return record.upstreamName ?? record.upstream;
  if (by.startsWith('tag:')) return facetValue(record.tag, by.slice('tag:'.length));
  return record[by as 'app' | 'tag' | 'session' | 'protocol' | 'outcome'];
}

const byKey = <T extends { readonly key: string | null }>(rows: readonly T[]): T[] =>
  rows.toSorted((a, b) => String(a.key).localeCompare(String(b.key)));

export function totalsOf(records: readonly RequestRecord[]): UsageTotals {
  const sum = (of: (record: RequestRecord) => number): number =>
    records.reduce((total, record) => total + of(record), 0);
  const ended = (record: RequestRecord): boolean => record.outcome !== 'in_flight';
  return {
    requests: records.length,
    failedRequests: sum((r) => Number(ended(r) && r.outcome !== 'completed' && r.outcome !== 'cached')),
    inFlightRequests: sum((r) => Number(!ended(r))),
    inputTokens: sum((r) => allInputTokens(r.usage)),
    cacheReadTokens: sum((r) => r.usage.cacheReadTokens),
    cacheWriteTokens: sum((r) => r.usage.cacheWrite5mTokens + r.usage.cacheWrite1hTokens),
    outputTokens: sum((r) => r.usage.outputTokens),
    reasoningTokens: sum((r) => r.usage.reasoningTokens),
    costNanoUsd: sum((r) => r.costNanoUsd ?? 0),
    unpricedRequests: sum((r) => Number(ended(r) && r.costNanoUsd === null)),
    estimatedRequests: sum((r) => Number(r.usageSource === 'estimate')),
  };
}

/** The smallest value that at least this share of all values does not exceed. */
export function percentilesOf(values: readonly number[]): { p50: number; p95: number; p99: number } | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted.find((_, index) => (index + 1) / sorted.length >= share) ?? (sorted.at(-1) as number);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** What lists are sorted by, the most first. */
export const LIST_VALUE: Readonly<Record<RequestSort, (record: RequestRecord) => number>> = {
  time: ({ startedAtMs }) => startedAtMs,
  cost: ({ costNanoUsd }) => costNanoUsd ?? -1,
  latency: ({ latencyMs }) => latencyMs,
  tokens: ({ usage }) => usage.outputTokens,
};

/** The value of the facet `name`, the first where there are several; null for a tag without it. */
function facetValue(tag: string | null, name: string): string | null {
  const facet = facetsOf(tag ?? '').find((each) => each.startsWith(`${name}=`));
  return facet === undefined ? null : facet.slice(name.length + 1);
}
