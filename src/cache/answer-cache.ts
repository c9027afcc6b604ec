// The exact cache: memory over the store, and the flights of what is being asked right now.
// It may miss, and never throws: a slow or broken store is a miss.

import type { Clock } from '../core/clock.ts';
import { RepeatedFault } from '../core/repeated-fault.ts';
import { type CacheKey, KeyMaker, type KeyRequest } from './cache-key.ts';
import { type Flight, Flights } from './flights.ts';
import { MemoryTier } from './memory-tier.ts';
import type { CachedAnswer, CacheEntries } from './ports.ts';

export interface AnswerCacheOptions {
  readonly entries: CacheEntries;
  readonly clock: Clock;
  readonly ttlMs: number;
  readonly memoryBytesMax: number;
  readonly storeBytesMax: number;
  /** A look into the store that takes longer is a miss. */
  readonly lookupTimeoutMs: number;
  readonly warn: (message: string) => void;
}

/** How often a change from outside is looked for, and uses are written down. */
const WATCH_MS = 1000;
/** How often expired answers are removed: each so many watches. */
const WATCHES_PER_SWEEP = 30;

/** What lies beside the answers, and must forget and write when they do. */
export interface CacheCompanion {
  forget(): Promise<void>;
  write(): Promise<void>;
}

export class AnswerCache {
  readonly ttlMs: number;
  readonly #options: AnswerCacheOptions;
  readonly #memory: MemoryTier;
  readonly #flights = new Flights();
  readonly #uses = new Map<string, number>();
  #keys: KeyMaker | null = null;
  #generation = 0;
  #watches = 0;
  #timer: NodeJS.Timeout | null = null;
  #watching: Promise<void> = Promise.resolve();
  #isWatching = false;
  readonly #fault: RepeatedFault;
  /** What fails now: one may go well while the other does not. */
  readonly #failing = new Set<'put' | 'look'>();
  #companion: CacheCompanion | null = null;

  constructor(options: AnswerCacheOptions) {
    this.#options = options;
    this.ttlMs = options.ttlMs;
    this.#memory = new MemoryTier(options.memoryBytesMax);
    const words = {
      first: (reason: string) => `Cache: ${reason}. Requests go upstream.`,
      over: 'The cache works again.',
    };
    this.#fault = new RepeatedFault(options.warn, words, options.clock);
  }

  async start(): Promise<void> {
    const { entries } = this.#options;
    this.#keys = new KeyMaker(await entries.cacheSecret());
    this.#generation = await entries.cacheGeneration();
    this.#timer = setInterval(() => this.#watch(), WATCH_MS);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#watching;
    await this.#writeUses().catch((error: unknown) => this.#failed('look', error));
  }

  accompany(companion: CacheCompanion): void {
    this.#companion = companion;
  }

  /** Null before the start. */
  get keys(): KeyMaker | null {
    return this.#keys;
  }

  /** Null where the request has no key, and so no place in the cache. */
  keyOf(request: KeyRequest): CacheKey | null {
    return this.#keys?.make(request) ?? null;
  }

  /** Calls `found` once: at once for what is in memory, within the time limit for what is not. */
  find(key: string, maxAgeMs: number, found: (answer: CachedAnswer | null) => void): void {
    const { clock, entries, lookupTimeoutMs } = this.#options;
    const oldestMs = clock.now() - maxAgeMs;
    const inMemory = this.#memory.find(key, clock.now());
    if (inMemory !== null) {
      found(inMemory.createdAtMs > oldestMs ? inMemory : null);
      return;
    }
    const generation = this.#generation;
    let isOpen = true;
    const answer = (result: CachedAnswer | null): void => {
      if (!isOpen) return;
      isOpen = false;
      clearTimeout(timer);
      found(result);
    };
    const timer = setTimeout(() => answer(null), lookupTimeoutMs);
    entries.findAnswer(key, clock.now()).then(
      (stored) => {
        if (stored === 'corrupt')
          this.#options.warn(`Cache: a stored answer (${key.slice(0, 12)}) was damaged and is gone.`);
        if (stored === null || stored === 'corrupt') {
          answer(null);
          return;
        }
        if (generation === this.#generation) this.#memory.put(stored);
        answer(stored.createdAtMs > oldestMs ? stored : null);
      },
      (error: unknown) => {
        this.#failed('look', error);
        answer(null);
      },
    );
  }

  /** What `find` would find, and where. Changes nothing: neither what is in memory nor what was used last. */
  async peek(
    key: string,
    maxAgeMs: number,
  ): Promise<{ readonly answer: CachedAnswer; readonly from: 'memory' | 'store' } | null> {
    const { clock, entries } = this.#options;
    const isGood = (answer: CachedAnswer): boolean =>
      answer.expiresAtMs > clock.now() && answer.createdAtMs > clock.now() - maxAgeMs;
    const inMemory = this.#memory.peek(key);
    if (inMemory !== null) return isGood(inMemory) ? { answer: inMemory, from: 'memory' } : null;
    const [stored] = await entries.answersById(key);
    return stored !== undefined && isGood(stored) ? { answer: stored, from: 'store' } : null;
  }

  /** Counts one use of an answer. */
  used(key: string): void {
    this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1);
  }

  put(answer: CachedAnswer): void {
    this.#memory.put(answer);
    this.#options.entries.putAnswer(answer).then(
      () => this.#well('put'),
      (error: unknown) => this.#failed('put', error),
    );
  }

  /** Whether an identical request runs, whose answer may be followed. */
  isFlying(key: string): boolean {
    return this.#flights.find(key) !== null;
  }

  /** A new flight where none of that key is on its way; it must be landed, once. */
  lead(key: string): Flight | null {
    return this.#flights.lead(key);
  }

  flightOf(key: string): Flight | null {
    return this.#flights.find(key);
  }

  #failed(what: 'put' | 'look', error: unknown): void {
    this.#failing.add(what);
    this.#fault.met(error);
  }

  #well(what: 'put' | 'look'): void {
    if (this.#failing.delete(what) && this.#failing.size === 0) this.#fault.over();
  }

  /** One look at a time: behind a store that hangs none gather. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#watching = this.#lookAround()
      .then(
        () => this.#well('look'),
        (error: unknown) => this.#failed('look', error),
      )
      .finally(() => {
        this.#isWatching = false;
      });
  }

  async #lookAround(): Promise<void> {
    const { entries, clock, storeBytesMax } = this.#options;
    const generation = await entries.cacheGeneration();
    if (generation !== this.#generation) {
      this.#memory.clear();
      await this.#companion?.forget();
    }
    this.#generation = generation;
    await this.#writeUses();
    await this.#companion?.write();
    this.#watches += 1;
    if (this.#watches % WATCHES_PER_SWEEP === 1) await entries.sweepAnswers(clock.now(), storeBytesMax);
  }

  async #writeUses(): Promise<void> {
    if (this.#uses.size === 0) return;
    const uses = [...this.#uses];
    this.#uses.clear();
    await this.#options.entries.touchAnswers(uses, this.#options.clock.now());
  }
}
