// Chance that repeats itself: the same seed gives the same sequence on every machine.

import { createHash } from 'node:crypto';

export interface Random {
  /** From 0 (included) to 1 (excluded). */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<T>(choices: readonly T[]): T;
}

/** mulberry32: small, fast, and good enough for scenery. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    pick: (choices) => {
      const choice = choices[between(0, choices.length - 1)];
      if (choice === undefined) throw new RangeError('cannot pick from nothing');
      return choice;
    },
  };
}

/** A 32-bit seed from bytes and a number. */
export function seedOf(bytes: Uint8Array | string, salt: number): number {
  return createHash('sha256').update(bytes).update(String(salt)).digest().readUInt32LE(0);
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const HEX = '0123456789abcdef';

/** An id as Anthropic writes them (`msg_01…`). */
export function anthropicId(prefix: string, random: Random): string {
  return `${prefix}_01${characters(BASE58, 22, random)}`;
}

/** An id of `length` base-62-like characters, as OpenAI's chat and tool ids have. */
export function shortId(prefix: string, length: number, random: Random): string {
  return `${prefix}${characters(BASE58, length, random)}`;
}

/** An id of hexadecimal digits, as OpenAI's request and response ids have. */
export function hexId(prefix: string, length: number, random: Random): string {
  return `${prefix}${characters(HEX, length, random)}`;
}

function characters(alphabet: string, length: number, random: Random): string {
  return Array.from({ length }, () => alphabet[random.between(0, alphabet.length - 1)]).join('');
}
