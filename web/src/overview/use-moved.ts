// The report's figures, moved on by what the live feed has counted since it was made.

import { useEffect, useRef } from 'preact/hooks';
import type { LiveCounted, StatsAnswer } from '../../../src/dashboard/contract.ts';
import type { Answer } from '../data/use-answer.ts';
import { MovedStats } from './moved-summary.ts';

/** `counted` null: without a feed the report stands as it is. */
export function useMoved(
  { value, reload }: Answer<StatsAnswer>,
  counted: LiveCounted | null,
): StatsAnswer | null {
  const stats = useRef(new MovedStats());
  const epoch = counted?.epoch ?? null;
  const isKnown = value !== null;
  // One that was made before the feed began to count, or by a server before this one, cannot be moved on.
  useEffect(() => {
    if (epoch !== null && isKnown && value.counted?.epoch !== epoch) reload();
  }, [epoch, isKnown]);
  return value === null ? null : stats.current.of(value, counted);
}
