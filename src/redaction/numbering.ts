// Stable stand-ins: the same value is the same `[EMAIL_1]` in every turn of a conversation. What was numbered is kept
// as keyed digests only, from which no value can be read.

import { createHmac } from 'node:crypto';
import type { SpanKind } from './span.ts';

/** What is written in a value's place. */
export interface StandIns {
  standIn(kind: SpanKind, value: string): string;
}

/** By kind, the digests in the order of their numbers. Can be kept as JSON. */
export type NumberingState = Readonly<Partial<Record<SpanKind, readonly string[]>>>;

/** Past it a conversation's values of one kind get no numbers of their own. */
const VALUES_MAX = 5000;
const DIGEST_CHARACTERS = 16;

export class Numbering implements StandIns {
  readonly #key: Buffer;
  readonly #numbers = new Map<SpanKind, Map<string, number>>();

  /** `key` is the store's own secret. */
  constructor(key: Buffer, state: NumberingState = {}) {
    this.#key = key;
    for (const [kind, digests] of Object.entries(state))
      this.#numbers.set(kind as SpanKind, new Map(digests.map((digest, index) => [digest, index + 1])));
  }

  /** What stands in for a value. */
  standIn(kind: SpanKind, value: string): string {
    const digest = createHmac('sha256', this.#key)
      .update(`${kind}\0${canonical(kind, value)}`)
      .digest('base64url')
      .slice(0, DIGEST_CHARACTERS);
    let numbers = this.#numbers.get(kind);
    if (numbers === undefined) {
      numbers = new Map();
      this.#numbers.set(kind, numbers);
    }
    const known = numbers.get(digest);
    if (known === undefined && numbers.size >= VALUES_MAX) return `[${kind}]`;
    const number = known ?? numbers.size + 1;
    numbers.set(digest, number);
    return `[${kind}_${number}]`;
  }

  get state(): NumberingState {
    return Object.fromEntries([...this.#numbers].map(([kind, numbers]) => [kind, [...numbers.keys()]]));
  }
}

/** Stand-ins that are the same in whatever order values come: `[EMAIL_3f9ab2]`, of a keyed digest. */
export class Tagging implements StandIns {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  standIn(kind: SpanKind, value: string): string {
    const digest = createHmac('sha256', this.#key)
      .update(`${kind}\0${canonical(kind, value)}`)
      .digest('hex');
    return `[${kind}_${digest.slice(0, 6)}]`;
  }
}

export const STAND_IN = /\[(?:SECRET|EMAIL|PHONE|CARD|IBAN|IP)(?:_[0-9a-f]+)?\]/g;

/** Two spellings of one value are one value. */
function canonical(kind: SpanKind, value: string): string {
  if (kind === 'CARD' || kind === 'PHONE') return value.replace(/\D/g, '').replace(/^00/, '');
  if (kind === 'IBAN') return value.replace(/[ -]/g, '').toUpperCase();
  return kind === 'EMAIL' || kind === 'IP' ? value.toLowerCase() : value;
}
