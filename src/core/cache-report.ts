// What is told of the cache: to the command line, the JSON API and the dashboard alike.

import type { NanoUsd } from './money.ts';

export interface CacheReport {
  readonly entries: number;
  readonly bytes: number;
  readonly expired: number;
  /** Requests by what the cache said: `exact`, `inflight`, `semantic`, `shadow`, `miss`, `bypass`. */
  readonly uses: Readonly<Record<string, number>>;
  readonly savedNanoUsd: NanoUsd;
  /** Null without requests. */
  readonly hitRate: number | null;
  /** Null where no server with a semantic tier has run on this database. */
  readonly semantic: SemanticReport | null;
}

export interface SemanticReport {
  /** Name and version of what makes the vectors, or its setting before it has started. */
  readonly embedder: string | null;
  readonly state: 'off' | 'starting' | 'working' | 'broken';
  /** Why it is broken or off. */
  readonly reason: string | null;
  /** When the server said so. */
  readonly stateAtMs: number;
  /** Where prompts are compared, in words; null where none was yet. */
  readonly comparedBy: string | null;
  /** Stored answers that similar prompts can find; those of other embedders are out of reach. */
  readonly questions: number;
  readonly questionsOfOtherEmbedders: number;
  /** How lookups ended, what guards refused, and why requests had no lookup: counts by name, over all time. */
  readonly lookups: Readonly<Record<string, number>>;
  readonly guards: Readonly<Record<string, number>>;
  readonly skipped: Readonly<Record<string, number>>;
  readonly checks: {
    readonly made: number;
    readonly disagreed: number;
    readonly undecided: number;
    /** With 95 % confidence no more answers to similar prompts are wrong. 1 without checks: nothing is known. */
    readonly errorBound: number;
    readonly errorMax: number;
    readonly rate: number;
    /** In the range: what the fresh answers cost. */
    readonly costNanoUsd: NanoUsd;
  };
  /** The configured cosine distance, and what is left of it for all; 0: off. */
  readonly distanceMax: number;
  readonly distanceNow: number;
  readonly tightenedPartitions: number;
  readonly stoppedPartitions: number;
  readonly tightenedEntries: number;
  readonly stoppedEntries: number;
}
