// How many values fell where, in slots 4 % wide: a percentile read from it is off by 2 % at the most.

import type { Percentiles } from '../../core/analytics.ts';

/** Count by slot. Its text form is JSON. */
export type Histogram = ReadonlyMap<number, number>;

const WIDTH = Math.log(1.04);
/** The smallest value that is told from 0. */
const LEAST_MS = 0.01;

export function slotOf(valueMs: number): number {
  return valueMs < LEAST_MS ? 0 : 1 + Math.round(Math.log(valueMs / LEAST_MS) / WIDTH);
}

function msOfSlot(slot: number): number {
  return slot === 0 ? 0 : LEAST_MS * Math.exp((slot - 1) * WIDTH);
}

export function addTo(histogram: Map<number, number>, slot: number, count: number): void {
  const sum = (histogram.get(slot) ?? 0) + count;
  if (sum === 0) histogram.delete(slot);
  else histogram.set(slot, sum);
}

export function histogramText(histogram: Histogram): string {
  return JSON.stringify(Object.fromEntries(histogram));
}

/** Adds what a text form holds. */
export function addText(histogram: Map<number, number>, text: string): void {
  for (const [slot, count] of Object.entries(JSON.parse(text) as Record<string, number>))
    addTo(histogram, Number(slot), count);
}

/** Nearest rank. Null without a value. */
export function percentilesOf(histogram: Histogram): Percentiles | null {
  const slots = [...histogram].sort(([a], [b]) => a - b);
  const all = slots.reduce((sum, [, count]) => sum + count, 0);
  if (all === 0) return null;
  const at = (share: number): number => {
    const rank = Math.ceil(share * all);
    let seen = 0;
    for (const [slot, count] of slots) {
      seen += count;
      if (seen >= rank) return rounded(msOfSlot(slot));
    }
    return 0;
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** To what the slots' width can tell. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
