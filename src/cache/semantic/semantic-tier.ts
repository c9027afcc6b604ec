// Answers a prompt with the stored answer to one that means the same, within one partition. Never throws; whatever is
// slow, broken or doubtful is a miss.

import type { Clock } from '../../core/clock.ts';
import type { AnswerCache } from '../answer-cache.ts';
import type { CacheKey } from '../cache-key.ts';
import type { Verdict } from '../guards/judge.ts';
import type { CachedAnswer } from '../ports.ts';
import { Counters } from './counters.ts';
import type { SearchPlace, SemanticEntries, TierStatus } from './ports.ts';
import { isQuestion, type Question, readQuestion } from './question.ts';
import { QuestionSearch } from './question-search.ts';
import { type Judged, judged } from './ranking.ts';
import type { SteadyEmbedder } from './steady-embedder.ts';
import { type Agreement, afterCheck, NEW_STANDING, type Trust } from './trust.ts';
import type { IndexedQuestion } from './vector-index.ts';

export interface SemanticTierOptions {
  readonly cache: AnswerCache;
  readonly entries: SemanticEntries;
  readonly embedder: SteadyEmbedder;
  readonly trust: Trust;
  readonly clock: Clock;
  /** Over the whole of a lookup. */
  readonly lookupTimeoutMs: number;
  readonly indexBytesMax: number;
  /** True where a hit is to be checked: for a share of them, chosen by chance. */
  readonly sample: () => boolean;
  /** False where no checks are wanted at all. */
  readonly checks: boolean;
  readonly status: () => TierStatus;
  /** Told once it is known where prompts are compared. */
  readonly onPlace: (place: SearchPlace) => void;
  readonly warn: (message: string) => void;
  readonly onFault: (error: unknown) => void;
}

/** A request's question with its vector, which serves lookup and store. */
export interface Asked extends Question {
  readonly embedderId: string;
  /** Null where it has none. Asked for once, when it is first needed. */
  vector(): Promise<Float32Array | null>;
}

export interface Match {
  readonly asked: Asked;
  readonly answer: CachedAnswer;
  readonly question: IndexedQuestion;
  readonly similarity: number;
  /** `sampled` and `forced`: the upstream is to be asked all the same. */
  readonly check: 'none' | 'sampled' | 'forced';
}

export interface FindOptions {
  readonly maxAgeMs: number;
  readonly distanceMax: number;
  /** Whether an answer can be had in the form that the client wants. */
  readonly isUsable: (answer: CachedAnswer) => boolean;
}

/** How a search goes about it: for a request, or only to tell what would become of one. */
interface Search {
  readonly counters: Counters;
  readonly sample: () => boolean;
  readonly isWanted: () => boolean;
  readonly findAnswer: (key: string, maxAgeMs: number) => Promise<CachedAnswer | null>;
}

/** Prompts that were served are told apart for so many entries. */
const SERVED_ENTRIES_MAX = 5000;

export class SemanticTier {
  readonly #options: SemanticTierOptions;
  readonly #questions: QuestionSearch;
  readonly #counters = new Counters();
  /** The prompts that each entry has served since the start. */
  readonly #served = new Map<string, Set<string>>();
  #generation = 0;

  constructor(options: SemanticTierOptions) {
    this.#options = options;
    this.#questions = new QuestionSearch(options);
  }

  async start(): Promise<void> {
    await this.#options.trust.load();
    await this.#options.entries.putTierStatus(this.#options.status());
    this.#options.embedder.start();
  }

  async close(): Promise<void> {
    await this.#options.embedder.close();
    await this.write();
  }

  /** Something was cleared from outside. */
  async forget(): Promise<void> {
    this.#generation += 1;
    this.#questions.clear();
    this.#served.clear();
    await this.#options.trust.load();
  }

  async write(): Promise<void> {
    await this.#counters.write(this.#options.entries);
  }

  /** Null where a similar request's answer will not do for this one. */
  asked(key: CacheKey, endpoint: string, document: unknown): Asked | null {
    return this.#ask(key, endpoint, document, this.#counters);
  }

  /** The match that a request would find, unless it is drawn for a check. Counts and changes nothing. */
  async peek(
    key: CacheKey,
    endpoint: string,
    document: unknown,
    options: FindOptions,
  ): Promise<Match | null> {
    const { cache } = this.#options;
    const counters = new Counters();
    const asked = this.#ask(key, endpoint, document, counters);
    if (asked === null) return null;
    return this.#search(asked, options, {
      counters,
      sample: () => false,
      isWanted: () => true,
      findAnswer: async (found, maxAgeMs) => (await cache.peek(found, maxAgeMs))?.answer ?? null,
    });
  }

  #ask(key: CacheKey, endpoint: string, document: unknown, counters: Counters): Asked | null {
    const { embedder, cache } = this.#options;
    const embedderId = embedder.id;
    const { keys } = cache;
    if (embedderId === null || keys === null) {
      counters.add('lookup', 'no embedder');
      return null;
    }
    const question = readQuestion(keys, key, endpoint, document, embedderId);
    if (!isQuestion(question)) {
      counters.add('skipped', question.rule);
      return null;
    }
    let vector: Promise<Float32Array | null> | null = null;
    return {
      ...question,
      embedderId,
      vector: () => {
        vector ??= embedder.embed(question.text, embedderId);
        return vector;
      },
    };
  }

  /** Calls `found` once, within the time limit. */
  find(asked: Asked, options: FindOptions, found: (match: Match | null) => void): void {
    let isOpen = true;
    const answer = (match: Match | null, outcome: string): void => {
      if (!isOpen) return;
      isOpen = false;
      clearTimeout(timer);
      this.#counters.add('lookup', outcome);
      found(match);
    };
    const timer = setTimeout(() => answer(null, 'too late'), this.#options.lookupTimeoutMs);
    const { cache, sample } = this.#options;
    const search: Search = {
      counters: this.#counters,
      sample,
      isWanted: () => isOpen,
      findAnswer: (key, maxAgeMs) => new Promise((resolve) => cache.find(key, maxAgeMs, resolve)),
    };
    this.#search(asked, options, search).then(
      (match) => answer(match, match === null ? 'miss' : match.check === 'none' ? 'hit' : 'checked'),
      (error: unknown) => {
        this.#options.onFault(error);
        answer(null, 'failed');
      },
    );
  }

  /** Keeps the question of an answer that has just been stored. */
  async store(asked: Asked, { key, expiresAtMs }: CachedAnswer): Promise<void> {
    const generation = this.#generation;
    const vector = await asked.vector();
    if (vector === null || generation !== this.#generation) return;
    const { text, partition, bodyPartition, embedderId: embedder } = asked;
    const standing = NEW_STANDING;
    const question = { key, text, partition, bodyPartition, embedder, vector, expiresAtMs, standing };
    this.#served.delete(key);
    await this.#questions.put(question);
  }

  /** A match was served. Counts the different prompts of its entry. */
  served({ asked, question }: Match): void {
    const served = this.#served.get(question.key) ?? new Set();
    if (served.has(asked.text)) return;
    served.add(asked.text);
    this.#served.delete(question.key);
    this.#served.set(question.key, served);
    const oldest = this.#served.keys().next().value;
    if (this.#served.size > SERVED_ENTRIES_MAX && oldest !== undefined) this.#served.delete(oldest);
    this.#questions.stand(question, { ...question.standing, prompts: question.standing.prompts + 1 });
  }

  /** What became of a match that was checked. */
  checked({ asked, question, similarity, check }: Match, agreement: Agreement): void {
    this.#counters.add('lookup', `check ${agreement}`);
    if (check === 'sampled') this.#options.trust.checked(asked.partition, asked.embedderId, agreement);
    // A prompt beyond the allowance is counted with those that the entry has to do with.
    const standing = afterCheck(question.standing, Math.max(0, 1 - similarity), agreement);
    const stops = check === 'forced' && agreement === 'disagreed';
    this.#questions.stand(question, stops ? { ...standing, distanceBelow: 0 } : standing);
  }

  async #search(asked: Asked, options: FindOptions, search: Search): Promise<Match | null> {
    const { trust } = this.#options;
    const { counters, isWanted } = search;
    if (this.#questions.isShared) trust.hearOthers();
    const distanceMax = options.distanceMax * trust.share(asked.partition, asked.embedderId);
    if (distanceMax <= 0) {
      counters.add('guard', 'off');
      return null;
    }
    const vector = await asked.vector();
    if (vector === null || !isWanted()) return null;
    const neighbours = await this.#questions.nearest(asked.partition, vector);
    for (const candidate of judged(asked.text, neighbours, distanceMax)) {
      if (!isWanted()) return null;
      const verdict = await this.#verdictOn(asked, candidate, distanceMax);
      if (!verdict.accepted) {
        counters.add('guard', verdict.guard);
        continue;
      }
      const check = this.#checkOf(asked, candidate, search.sample);
      if (check === 'tripped') {
        counters.add('guard', 'many prompts');
        continue;
      }
      const answer = await search.findAnswer(candidate.question.key, options.maxAgeMs);
      if (answer !== null && options.isUsable(answer))
        return { asked, answer, question: candidate.question, similarity: candidate.similarity, check };
      if (answer === null) this.#questions.notFound(asked.partition, candidate.question.key);
    }
    return null;
  }

  /** As others see it now, who may have found against it. */
  async #verdictOn(asked: Asked, candidate: Judged, distanceMax: number): Promise<Verdict> {
    if (!candidate.verdict.accepted) return candidate.verdict;
    if (!(await this.#questions.hasChanged(candidate.question))) return candidate.verdict;
    return judged(asked.text, [candidate], distanceMax)[0]?.verdict ?? candidate.verdict;
  }

  /** Many different prompts with one answer are one template with changing words, until a check says otherwise. */
  #checkOf(asked: Asked, { question }: Judged, sample: () => boolean): Match['check'] | 'tripped' {
    const { prompts, promptsAllowed } = question.standing;
    const isKnown = this.#served.get(question.key)?.has(asked.text) ?? false;
    if (!isKnown && prompts >= promptsAllowed) return this.#options.checks ? 'forced' : 'tripped';
    return sample() ? 'sampled' : 'none';
  }
}
