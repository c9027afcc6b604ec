// What the semantic tier needs of a store. An answer's question lives and dies with the answer.

import type { NanoUsd } from '../../core/money.ts';

/** The question that a stored answer answers, and what is known of how well it serves similar ones. */
export interface StoredQuestion {
  /** Of its answer. */
  readonly key: string;
  readonly partition: string;
  readonly bodyPartition: string;
  /** Of what made the vector. */
  readonly embedder: string;
  /** The last user turn, as it was asked. */
  readonly text: string;
  /** Unit length. */
  readonly vector: Float32Array;
  /** When its answer expires. */
  readonly expiresAtMs: number;
  readonly standing: Standing;
}

/** What checks have taught about one stored question. */
export interface Standing {
  /** It serves only what is nearer than this; null where no check has found against it. 0: it serves nothing. */
  readonly distanceBelow: number | null;
  /** Different prompts that it has served. */
  readonly prompts: number;
  /** How many different prompts it may serve before a check has to agree again. */
  readonly promptsAllowed: number;
  readonly agreed: number;
  readonly disagreed: number;
}

/** What checks have found in one scope: a partition, or all that one embedder finds. */
export interface ScopeTrust {
  /** A partition, or `all:` and the embedder's id. */
  readonly scope: string;
  /** How often it was tightened: each time halves the distance, the last one switches off. */
  readonly level: number;
  /** Since it was last tightened. */
  readonly checks: number;
  readonly disagreed: number;
  readonly totalChecks: number;
  readonly totalDisagreed: number;
  /** Checks whose answers were neither alike nor clearly different; they count for nothing. */
  readonly undecided: number;
  readonly changedAtMs: number;
}

/** Where a prompt is compared with the stored ones. */
export interface SearchPlace {
  /** `store`: in an index of its own. `memory`: whoever asks loads a partition, and compares all of it. */
  readonly by: 'store' | 'memory';
  /** With what, or why not in the store: for people. */
  readonly about: string;
  /** Others may put questions into the same store, and find against them. */
  readonly isShared: boolean;
}

/** What the running server says of its semantic tier, for those who look from outside. */
export interface TierStatus {
  readonly embedder: string | null;
  /** `starting`, `working` or `broken`; `off` without an embedder. */
  readonly state: 'off' | 'starting' | 'working' | 'broken';
  /** Why it is broken or off. */
  readonly reason: string | null;
  readonly distanceMax: number;
  readonly shadowRate: number;
  readonly errorMax: number;
  /** Where prompts are compared, for people; null before the first was, or where an earlier version said this. */
  readonly comparedBy: string | null;
  readonly atMs: number;
}

export interface SemanticFacts {
  readonly status: TierStatus | null;
  /** Stored answers that similar requests can find, by embedder. */
  readonly questions: Readonly<Record<string, number>>;
  /** How often, by kind (`lookup`, `guard`, `skipped`) and name. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly trust: readonly ScopeTrust[];
  /** Entries that serve nothing any more, or less than others. */
  readonly stoppedEntries: number;
  readonly tightenedEntries: number;
  /** What checks have cost: fresh answers that were asked for although one was stored. */
  readonly shadowCostNanoUsd: NanoUsd;
}

export type CountKind = 'lookup' | 'guard' | 'skipped';
export interface Count {
  readonly kind: CountKind;
  readonly name: string;
  readonly count: number;
}

export interface SemanticEntries {
  /** The newest of a partition that are good at `nowMs`, and how many rows were damaged (and are gone). */
  partitionQuestions(
    partition: string,
    nowMs: number,
    limit: number,
  ): Promise<{ readonly questions: readonly StoredQuestion[]; readonly corrupt: number }>;
  /** Makes what the store needs to compare vectors of so many dimensions, where it can. */
  openSearch(dimensions: number): Promise<SearchPlace>;
  /** The nearest of a partition, nearest first, as above. Only where `openSearch` said `store`. */
  nearestQuestions(
    partition: string,
    vector: Float32Array,
    count: number,
    nowMs: number,
  ): Promise<{ readonly questions: readonly StoredQuestion[]; readonly corrupt: number }>;
  /** The same over all callers whose body agrees: for `cache why`. */
  bodyQuestions(bodyPartition: string, nowMs: number, limit: number): Promise<readonly StoredQuestion[]>;
  /** Null where the answer is gone, or has none. */
  questionOf(key: string): Promise<StoredQuestion | null>;
  /** Without its answer it is not kept. */
  putQuestion(question: StoredQuestion): Promise<void>;
  /** In a shared store nothing that others found against it is taken back. */
  putStanding(key: string, standing: Standing): Promise<void>;
  scopeTrust(): Promise<readonly ScopeTrust[]>;
  putScopeTrust(trust: ScopeTrust): Promise<void>;
  addCounts(counts: readonly Count[]): Promise<void>;
  putTierStatus(status: TierStatus): Promise<void>;
  semanticFacts(sinceMs: number): Promise<SemanticFacts>;
}
