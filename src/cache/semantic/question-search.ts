// Finds the stored questions that are nearest to a prompt: in the store's own index where it has one, otherwise in
// memory. In a store that others use as well, what they find against a question holds here before it is answered from.

import type { Clock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { cosineSimilarity } from '../embedder.ts';
import { LoadedPartitions } from './loaded-partitions.ts';
import type { SearchPlace, SemanticEntries, Standing, StoredQuestion } from './ports.ts';
import { NEIGHBOURS } from './ranking.ts';
import { stricter } from './trust.ts';
import type { IndexedQuestion, Neighbour } from './vector-index.ts';

export interface QuestionSearchOptions {
  readonly entries: SemanticEntries;
  readonly clock: Clock;
  readonly indexBytesMax: number;
  readonly warn: (message: string) => void;
  readonly onFault: (error: unknown) => void;
  /** Told once it is known where questions are compared. */
  readonly onPlace: (place: SearchPlace) => void;
}

export class QuestionSearch {
  readonly #options: QuestionSearchOptions;
  readonly #loaded: LoadedPartitions;
  #opened: { readonly dimensions: number; readonly place: Promise<SearchPlace> } | null = null;
  #isShared = false;
  /** What was learnt here and is on its way to the store. */
  readonly #standings = new Map<string, Standing>();

  constructor(options: QuestionSearchOptions) {
    this.#options = options;
    const { entries, clock, indexBytesMax: bytesMax } = options;
    this.#loaded = new LoadedPartitions({
      entries,
      clock,
      bytesMax,
      onCorrupt: (rows) => this.#damaged(rows),
    });
  }

  get isShared(): boolean {
    return this.#isShared;
  }

  async nearest(partition: string, vector: Float32Array): Promise<readonly Neighbour[]> {
    const { entries, clock } = this.#options;
    const { by } = await this.#open(vector.length);
    const nowMs = clock.now();
    if (by === 'memory')
      return (await this.#loaded.get(partition, vector.length)).nearest(vector, NEIGHBOURS, nowMs);
    const { questions, corrupt } = await entries.nearestQuestions(partition, vector, NEIGHBOURS, nowMs);
    if (corrupt > 0) this.#damaged(corrupt);
    return questions
      .map((stored) => ({
        question: this.#withOwn(stored),
        similarity: cosineSimilarity(vector, stored.vector),
      }))
      .toSorted((one, other) => other.similarity - one.similarity);
  }

  /** True where others have found against a question since it was loaded; it has the stricter standing then. */
  async hasChanged(question: IndexedQuestion): Promise<boolean> {
    const { entries } = this.#options;
    const place = await this.#opened?.place;
    if (place === undefined || place.by === 'store' || !place.isShared) return false;
    const stored = await entries.questionOf(question.key);
    if (stored === null) return false;
    const before = question.standing;
    question.standing = stricter(before, stored.standing);
    return JSON.stringify(before) !== JSON.stringify(question.standing);
  }

  async put(question: StoredQuestion): Promise<void> {
    const { by } = await this.#open(question.vector.length);
    this.#standings.delete(question.key);
    if (by === 'memory') this.#loaded.put(question);
    await this.#options.entries.putQuestion(question);
  }

  stand(question: IndexedQuestion, standing: Standing): void {
    const { entries, onFault } = this.#options;
    question.standing = standing;
    this.#standings.set(question.key, standing);
    entries
      .putStanding(question.key, standing)
      .catch(onFault)
      .finally(() => {
        if (this.#standings.get(question.key) === standing) this.#standings.delete(question.key);
      });
  }

  /** An answer that was not found was evicted, or only not found in time. */
  notFound(partition: string, key: string): void {
    const { entries, onFault } = this.#options;
    entries.questionOf(key).then((stored) => {
      if (stored === null) this.#loaded.remove(partition, key);
    }, onFault);
  }

  clear(): void {
    this.#loaded.clear();
    this.#standings.clear();
  }

  /** Asked anew where it failed, and for another embedder's vectors. */
  #open(dimensions: number): Promise<SearchPlace> {
    if (this.#opened?.dimensions === dimensions) return this.#opened.place;
    const place = this.#options.entries.openSearch(dimensions);
    const opened = { dimensions, place };
    this.#opened = opened;
    place.then(
      (found) => {
        this.#isShared = found.isShared;
        this.#options.onPlace(found);
      },
      () => {
        if (this.#opened === opened) this.#opened = null;
      },
    );
    return place;
  }

  #withOwn({ key, text, expiresAtMs, standing }: StoredQuestion): IndexedQuestion {
    const own = this.#standings.get(key);
    return { key, text, expiresAtMs, standing: own === undefined ? standing : stricter(standing, own) };
  }

  #damaged(rows: number): void {
    this.#options.warn(
      `Cache: ${counted(rows, 'stored vector was damaged and is', 'stored vectors were damaged and are')} gone.`,
    );
  }
}
