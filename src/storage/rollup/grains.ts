// The lengths of time that roll-ups sum up, and which of them make up a span.

import type { TimeRange } from '../../core/analytics.ts';

const MINUTE_MS = 60_000;

/** Each is a multiple of the one before it. Stored by their length: never changed once released. */
export const GRAINS_MS: readonly number[] = [MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS];
/** Sessions come and go within hours: finer sums would hold a request each. */
export const SESSION_GRAINS_MS: readonly number[] = GRAINS_MS.slice(2);
/**
 * By key, minutes are kept for so long. Where traffic is thin each holds a request or two, as the records do; where
 * it is thick they are what makes the last hour quick.
 */
export const KEYED_MINUTES_KEPT_MS = 48 * 60 * MINUTE_MS;

export interface Segment extends TimeRange {
  readonly grainMs: number;
}

export interface Span {
  /** Whole grains, the largest that fit. They do not overlap. */
  readonly segments: readonly Segment[];
  /** What is left at both ends, shorter than the smallest grain. */
  readonly edges: readonly TimeRange[];
}

/**
 * A span as whole grains and what is left of it. No grain is longer than `bucketMs`, and none lies across a bucket:
 * null where the smallest does.
 */
export function spanOf(range: TimeRange, grainsMs: readonly number[], bucketMs: number | null): Span | null {
  const usable = grainsMs.filter((grainMs) => bucketMs === null || bucketMs % grainMs === 0);
  if (usable.length === 0) return null;
  const segments: Segment[] = [];
  const edges = usable.toReversed().reduce<readonly TimeRange[]>(
    (rest, grainMs) =>
      rest.flatMap(({ fromMs, toMs }) => {
        const first = Math.ceil(fromMs / grainMs) * grainMs;
        const last = Math.floor(toMs / grainMs) * grainMs;
        if (first >= last) return [{ fromMs, toMs }];
        segments.push({ grainMs, fromMs: first, toMs: last });
        return [
          { fromMs, toMs: first },
          { fromMs: last, toMs },
        ];
      }),
    [range],
  );
  return { segments, edges: edges.filter(({ fromMs, toMs }) => fromMs < toMs) };
}

/** Where minutes are only kept from a moment on, older ones are left to the edges. */
export function withoutMinutesBefore({ segments, edges }: Span, keptFromMs: number): Span {
  const isKept = ({ grainMs, fromMs }: Segment): boolean => grainMs !== MINUTE_MS || fromMs >= keptFromMs;
  const lost = segments.filter((segment) => !isKept(segment));
  const cutMs = Math.ceil(keptFromMs / MINUTE_MS) * MINUTE_MS;
  return {
    segments: [
      ...segments.filter(isKept),
      ...lost.flatMap((segment) => (segment.toMs > cutMs ? [{ ...segment, fromMs: cutMs }] : [])),
    ],
    edges: [...edges, ...lost.map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.min(toMs, cutMs) }))],
  };
}
