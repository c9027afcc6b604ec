// How many values fell where, in slots 4 % wide: a percentile read from it is off by 2 % at the most.

import type { Percentiles } from '../../core/analytics.ts';

/** Count by slot. Its text form is JSON. */
export type Histogram = ReadonlyMap<number, number>;

const WIDTH = Math.log(1.04);
/** The smallest value that is told from 0. */
const LEAST_MS = 0.01;

/** No number has more. */
const SLOT_MAX = 20_000;

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
  // Written by hand: every batch writes a dozen of them, and an object of each would take most of the time.
  let text = '';
  for (const [slot, count] of histogram) text += `${text === '' ? '' : ','}"${slot}":${count}`;
  return `{${text}}`;
}

const DIGIT_0 = 48;
const DIGIT_9 = 57;
const MINUS = 45;

interface Counts {
  add(slot: number, count: number): void;
}

/**
 * Adds what a text form holds: a slot, then its count, whatever lies between them. A report reads tens of thousands of
 * them, and a parser makes an object of each.
 */
function readText(text: string, into: Counts): void {
  let slot = -1;
  let value = 0;
  let isNumber = false;
  let sign = 1;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= DIGIT_0 && code <= DIGIT_9) {
      value = 10 * value + code - DIGIT_0;
      isNumber = true;
      continue;
    }
    if (isNumber) {
      if (slot >= 0) into.add(slot, sign * value);
      slot = slot < 0 ? value : -1;
      value = 0;
      isNumber = false;
    }
    sign = code === MINUS ? -1 : 1;
  }
}

export function addText(histogram: Map<number, number>, text: string): void {
  readText(text, { add: (slot, count) => addTo(histogram, slot, count) });
}

/** For the sum of very many: a list by slot takes half the time of a map. */
export class SlotCounts implements Counts {
  readonly #counts: number[] = [];

  add(slot: number, count: number): void {
    const at = Math.min(slot, SLOT_MAX);
    while (this.#counts.length <= at) this.#counts.push(0);
    this.#counts[at] = (this.#counts[at] ?? 0) + count;
  }

  addText(text: string): void {
    readText(text, this);
  }

  /** Those that are not 0. */
  *[Symbol.iterator](): Iterator<readonly [number, number]> {
    for (const [slot, count] of this.#counts.entries()) if (count !== 0) yield [slot, count];
  }
}

/** Nearest rank. Null without a value. */
export function percentilesOf(histogram: Histogram | SlotCounts): Percentiles | null {
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
