// The semantic tier's rows, the same in every store: what was put is told from what was damaged, and what is stored is
// put together for people.

import { hash } from 'node:crypto';
import type { ScopeTrust, SemanticFacts, StoredQuestion, TierStatus } from '../../cache/semantic/ports.ts';
import type { NanoUsd } from '../../core/money.ts';

type Row = Readonly<Record<string, unknown>>;

/** Scopes that nothing was found against, and that were not checked for the longest time, are forgotten. */
export const SCOPES_MAX = 10_000;
/** A unit vector in single precision is off by no more. */
const LENGTH_TOLERANCE = 1e-3;

export function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

type Checked = Pick<StoredQuestion, 'key' | 'partition' | 'bodyPartition' | 'embedder' | 'text'>;

export function checksumOf(question: Checked, vector: Uint8Array): string {
  const { key, partition, bodyPartition, embedder, text } = question;
  const parts = [key, partition, bodyPartition, embedder, text, vector];
  return hash('sha256', parts.map((part) => hash('sha256', part)).join(''));
}

/** Null where the row is not what was put, or its vector is none. */
export function questionOf(row: Row): StoredQuestion | null {
  const bytes = row.vector as Uint8Array;
  const question: Checked = {
    key: String(row.key),
    partition: String(row.partition),
    bodyPartition: String(row.body_partition),
    embedder: String(row.embedder),
    text: String(row.text),
  };
  if (checksumOf(question, bytes) !== row.checksum) return null;
  // A copy: the row's bytes need not begin where a float may.
  const vector = new Float32Array(bytes.slice().buffer);
  const squares = vector.reduce((sum, value) => sum + value * value, 0);
  if (!(Math.abs(squares - 1) <= LENGTH_TOLERANCE)) return null;
  return {
    ...question,
    vector,
    expiresAtMs: Number(row.expires_at_ms),
    standing: {
      distanceBelow: typeof row.distance_below === 'number' ? row.distance_below : null,
      prompts: Number(row.prompts),
      promptsAllowed: Number(row.prompts_allowed),
      agreed: Number(row.agreed),
      disagreed: Number(row.disagreed),
    },
  };
}

/** Those that are what was put; the others are for `remove`. */
export async function wholeQuestions(
  rows: readonly Row[],
  remove: (key: string) => void | Promise<void>,
): Promise<{ readonly questions: readonly StoredQuestion[]; readonly corrupt: number }> {
  const questions: StoredQuestion[] = [];
  for (const row of rows) {
    const question = questionOf(row);
    if (question === null) await remove(String(row.key));
    else questions.push(question);
  }
  return { questions, corrupt: rows.length - questions.length };
}

export function trustOf(row: Row): ScopeTrust {
  return {
    scope: String(row.scope),
    level: Number(row.level),
    checks: Number(row.checks),
    disagreed: Number(row.disagreed),
    totalChecks: Number(row.total_checks),
    totalDisagreed: Number(row.total_disagreed),
    undecided: Number(row.undecided),
    changedAtMs: Number(row.changed_at_ms),
  };
}

/** What a store answers of its tier. */
export interface TierRows {
  readonly status: unknown;
  /** Each with how many questions it has: `embedder`, `n`. */
  readonly embedders: readonly Row[];
  /** `stopped` and `tightened`. */
  readonly entries: Row | undefined;
  /** `kind`, `name`, `count`; the most frequent of a kind first. */
  readonly counts: readonly Row[];
  readonly trust: readonly ScopeTrust[];
  readonly shadowCostNanoUsd: NanoUsd | undefined;
}

export function semanticFactsOf(rows: TierRows): SemanticFacts {
  const { status, embedders, entries, trust, shadowCostNanoUsd = 0 } = rows;
  const counts: Record<string, Record<string, number>> = {};
  for (const { kind, name, count } of rows.counts)
    counts[String(kind)] = { ...counts[String(kind)], [String(name)]: Number(count) };
  return {
    status: typeof status === 'string' ? (JSON.parse(status) as TierStatus) : null,
    questions: Object.fromEntries(embedders.map((row) => [String(row.embedder), Number(row.n)])),
    counts,
    trust,
    stoppedEntries: Number(entries?.stopped),
    tightenedEntries: Number(entries?.tightened),
    shadowCostNanoUsd,
  };
}
