// The stored questions' vectors in memory, one array per partition, searched from end to end: exact, and fast
// enough (2 ms for 10,000 of 384 dimensions), in slices that leave the event loop free in between.

import type { Standing, StoredQuestion } from './ports.ts';

/** What the index knows of one stored question. */
export interface IndexedQuestion {
  readonly key: string;
  readonly text: string;
  readonly expiresAtMs: number;
  standing: Standing;
}

export interface Neighbour {
  readonly question: IndexedQuestion;
  readonly similarity: number;
}

/** Of one partition; the newest stay. */
export const PARTITION_QUESTIONS_MAX = 20_000;
const ROOM_AT_FIRST = 16;
/** About half a millisecond of work. */
const SLICE_MULTIPLICATIONS = 1_000_000;
/** What a question takes besides its vector and text: object, key, set entries. */
const QUESTION_OVERHEAD_BYTES = 400;

export class Partition {
  readonly dimensions: number;
  /** In the order of the vectors; null where one was removed. */
  #questions: (IndexedQuestion | null)[] = [];
  #places = new Map<string, number>();
  #vectors: Float32Array;
  #textBytes = 0;

  constructor(dimensions: number, stored: readonly StoredQuestion[]) {
    this.dimensions = dimensions;
    this.#vectors = new Float32Array(Math.max(ROOM_AT_FIRST, stored.length) * dimensions);
    for (const question of stored) this.put(question);
  }

  get size(): number {
    return this.#places.size;
  }

  get bytes(): number {
    return this.#vectors.byteLength + this.#textBytes + this.#places.size * QUESTION_OVERHEAD_BYTES;
  }

  find(key: string): IndexedQuestion | null {
    const place = this.#places.get(key);
    return place === undefined ? null : (this.#questions[place] ?? null);
  }

  put({ key, text, vector, expiresAtMs, standing }: StoredQuestion): void {
    this.remove(key);
    if (this.#places.size >= PARTITION_QUESTIONS_MAX) {
      const oldest = this.#places.keys().next().value;
      if (oldest !== undefined) this.remove(oldest);
    }
    if ((this.#questions.length + 1) * this.dimensions > this.#vectors.length) this.#makeRoom();
    const place = this.#questions.length;
    this.#vectors.set(vector, place * this.dimensions);
    this.#questions.push({ key, text, expiresAtMs, standing });
    this.#places.set(key, place);
    this.#textBytes += text.length * 2;
  }

  remove(key: string): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    this.#textBytes -= (this.#questions[place]?.text.length ?? 0) * 2;
    this.#questions[place] = null;
    this.#places.delete(key);
  }

  /** The nearest `count` that are good at `nowMs`, nearest first. */
  async nearest(vector: Float32Array, count: number, nowMs: number): Promise<readonly Neighbour[]> {
    // What is put while it runs goes into other arrays, or behind the end.
    const [questions, vectors, dimensions] = [this.#questions, this.#vectors, this.dimensions];
    const end = questions.length;
    const slice = Math.max(1, Math.floor(SLICE_MULTIPLICATIONS / dimensions));
    const best: Neighbour[] = [];
    let worst = Number.NEGATIVE_INFINITY;
    for (let start = 0; start < end; start += slice) {
      if (start > 0) await new Promise((resolve) => setImmediate(resolve));
      for (let place = start; place < Math.min(end, start + slice); place += 1) {
        const question = questions[place];
        if (question === null || question === undefined) continue;
        if (question.expiresAtMs <= nowMs) {
          // A fresh one of the same key may have come while this looked elsewhere.
          if (this.find(question.key) === question) this.remove(question.key);
          continue;
        }
        const similarity = dot(vector, vectors, place * dimensions);
        if (similarity <= worst) continue;
        insert(best, { question, similarity }, count);
        if (best.length === count) worst = best[count - 1]?.similarity ?? worst;
      }
    }
    return best;
  }

  /** Twice the room, without the removed. New arrays: a search that runs keeps the old ones. */
  #makeRoom(): void {
    const { dimensions } = this;
    const [questions, vectors] = [this.#questions, this.#vectors];
    this.#questions = [];
    this.#places = new Map();
    this.#vectors = new Float32Array(Math.max(ROOM_AT_FIRST, 2 * this.#live(questions)) * dimensions);
    for (const [place, question] of questions.entries()) {
      if (question === null) continue;
      const from = place * dimensions;
      this.#vectors.set(vectors.subarray(from, from + dimensions), this.#questions.length * dimensions);
      this.#places.set(question.key, this.#questions.length);
      this.#questions.push(question);
    }
  }

  #live(questions: readonly (IndexedQuestion | null)[]): number {
    return questions.reduce((sum, question) => sum + (question === null ? 0 : 1), 1);
  }
}

/** Partitions in memory, bounded in bytes: the longest unused goes first. */
export class VectorIndex {
  readonly #bytesMax: number;
  /** In the order of their last use. */
  readonly #partitions = new Map<string, Partition>();

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#partitions.size;
  }

  find(name: string): Partition | null {
    const partition = this.#partitions.get(name);
    if (partition === undefined) return null;
    this.#partitions.delete(name);
    this.#partitions.set(name, partition);
    return partition;
  }

  put(name: string, partition: Partition): void {
    this.#partitions.set(name, partition);
    this.trim();
  }

  /** To be called when a partition has grown. The one used last stays, whatever its size. */
  trim(): void {
    let bytes = 0;
    for (const partition of this.#partitions.values()) bytes += partition.bytes;
    for (const [name, partition] of this.#partitions) {
      if (bytes <= this.#bytesMax || this.#partitions.size === 1) break;
      this.#partitions.delete(name);
      bytes -= partition.bytes;
    }
  }

  clear(): void {
    this.#partitions.clear();
  }
}

/** Keeps the list in order, and no longer than `count`. */
function insert(best: Neighbour[], neighbour: Neighbour, count: number): void {
  const before = best.findIndex((other) => other.similarity < neighbour.similarity);
  best.splice(before === -1 ? best.length : before, 0, neighbour);
  if (best.length > count) best.pop();
}

function dot(vector: Float32Array, vectors: Float32Array, from: number): number {
  const { length } = vector;
  // Four sums that do not wait for each other.
  let one = 0;
  let two = 0;
  let three = 0;
  let four = 0;
  let index = 0;
  for (; index + 3 < length; index += 4) {
    one += vector[index]! * vectors[from + index]!;
    two += vector[index + 1]! * vectors[from + index + 1]!;
    three += vector[index + 2]! * vectors[from + index + 2]!;
    four += vector[index + 3]! * vectors[from + index + 3]!;
  }
  for (; index < length; index += 1) one += vector[index]! * vectors[from + index]!;
  return one + two + three + four;
}
