// Partitions that were loaded from the store into memory, for stores that cannot compare vectors themselves.

import type { Clock } from '../../core/clock.ts';
import type { SemanticEntries, StoredQuestion } from './ports.ts';
import { PARTITION_QUESTIONS_MAX, Partition, VectorIndex } from './vector-index.ts';

export interface LoadedPartitionsOptions {
  readonly entries: Pick<SemanticEntries, 'partitionQuestions'>;
  readonly clock: Clock;
  readonly bytesMax: number;
  /** So many rows were damaged, and are gone. */
  readonly onCorrupt: (rows: number) => void;
}

export class LoadedPartitions {
  readonly #options: LoadedPartitionsOptions;
  readonly #index: VectorIndex;
  readonly #loading = new Map<string, { readonly late: StoredQuestion[]; promise: Promise<Partition> }>();
  #generation = 0;

  constructor(options: LoadedPartitionsOptions) {
    this.#options = options;
    this.#index = new VectorIndex(options.bytesMax);
  }

  /** From memory, or from the store: then this lookup may come too late, but not the next. */
  get(name: string, dimensions: number): Promise<Partition> {
    const known = this.#index.find(name);
    if (known !== null) return Promise.resolve(known);
    const running = this.#loading.get(name);
    if (running !== undefined) return running.promise;
    const late: StoredQuestion[] = [];
    const promise = this.#load(name, dimensions, late).finally(() => {
      if (this.#loading.get(name)?.late === late) this.#loading.delete(name);
    });
    this.#loading.set(name, { late, promise });
    return promise;
  }

  /** One that is not in memory has it when it is loaded. */
  put(question: StoredQuestion): void {
    this.#loading.get(question.partition)?.late.push(question);
    this.#index.find(question.partition)?.put(question);
    this.#index.trim();
  }

  remove(name: string, key: string): void {
    this.#index.find(name)?.remove(key);
  }

  clear(): void {
    this.#generation += 1;
    this.#index.clear();
    this.#loading.clear();
  }

  async #load(name: string, dimensions: number, late: readonly StoredQuestion[]): Promise<Partition> {
    const { entries, clock, onCorrupt } = this.#options;
    const generation = this.#generation;
    const { questions, corrupt } = await entries.partitionQuestions(
      name,
      clock.now(),
      PARTITION_QUESTIONS_MAX,
    );
    if (corrupt > 0) onCorrupt(corrupt);
    const fitting = questions.filter(({ vector }) => vector.length === dimensions);
    const partition = new Partition(dimensions, fitting);
    for (const question of late) partition.put(question);
    if (generation === this.#generation) this.#index.put(name, partition);
    return partition;
  }
}
