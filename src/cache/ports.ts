// What the cache needs of a store.

import type { NanoUsd } from '../core/money.ts';
import type { StoredAnswer } from '../core/protocol.ts';
import type { KeyPart } from './cache-key.ts';

export interface CachedAnswer extends StoredAnswer {
  readonly key: string;
  readonly parts: Readonly<Record<KeyPart, string>>;
  readonly protocol: string;
  readonly endpoint: string;
  readonly model: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly modelUsed: string | null;
  readonly responseId: string | null;
  readonly finishReason: string | null;
  /** What it cost when it was fresh, and so what each use saves; null where the price was unknown. */
  readonly costNanoUsd: NanoUsd | null;
}

/** What is known of a stored answer besides its text. */
export interface AnswerFacts extends Omit<CachedAnswer, 'body'> {
  readonly bytes: number;
  readonly hits: number;
  readonly lastUsedAtMs: number;
}

/** Where an answer stands in a list of the newest: of those of one moment the later key comes first. */
export interface AnswerPlace {
  readonly createdAtMs: number;
  readonly key: string;
}

/** Before all answers. */
export const NEWEST: AnswerPlace = Object.freeze({ createdAtMs: Number.MAX_SAFE_INTEGER, key: '' });

export interface CacheFacts {
  readonly entries: number;
  readonly bytes: number;
  readonly expired: number;
  /** Requests by what the cache said: `exact`, `inflight`, `miss`, `bypass`. */
  readonly uses: Readonly<Record<string, number>>;
  readonly savedNanoUsd: NanoUsd;
}

export interface CacheEntries {
  /** Random bytes, made with the database and the same for all who share it. */
  cacheSecret(): Promise<Uint8Array>;
  /** Rises with each `clearAnswers`, whoever calls it. */
  cacheGeneration(): Promise<number>;
  /** Null where there is none that is still good at `nowMs`; `corrupt` (and removed) where its bytes do not add up. */
  findAnswer(key: string, nowMs: number): Promise<CachedAnswer | 'corrupt' | null>;
  putAnswer(answer: CachedAnswer): Promise<void>;
  /** Counts uses, which keep an answer from eviction. */
  touchAnswers(uses: readonly (readonly [key: string, count: number])[], atMs: number): Promise<void>;
  /** Removes what has expired, then the longest unused until the rest fits. Returns how many went. */
  sweepAnswers(nowMs: number, bytesMax: number): Promise<number>;
  /** All answers, or those of one model. Returns how many went. */
  clearAnswers(model: string | null): Promise<number>;
  /** Answers whose key begins with `idPrefix`, at most two: enough to tell "one" from "several". */
  answersById(idPrefix: string): Promise<readonly CachedAnswer[]>;
  /** The newest answers of an endpoint; with `behind`, those that follow it. */
  recentAnswers(
    protocol: string,
    endpoint: string,
    limit: number,
    behind?: AnswerPlace,
  ): Promise<readonly AnswerFacts[]>;
  cacheFacts(nowMs: number, sinceMs: number): Promise<CacheFacts>;
}
