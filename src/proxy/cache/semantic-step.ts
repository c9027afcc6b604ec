// The semantic tier's part of the cache step: finds a match for a request that has no identical one, and compares
// the fresh answer with the stored one where a match is checked.

import type { CachedAnswer } from '../../cache/ports.ts';
import { type AnswerPair, compareAnswers } from '../../cache/semantic/agreement.ts';
import type { Asked, Match, SemanticTier } from '../../cache/semantic/semantic-tier.ts';
import type { SteadyEmbedder } from '../../cache/semantic/steady-embedder.ts';
import type { Agreement } from '../../cache/semantic/trust.ts';
import type { Call } from '../call.ts';
import type { Exchange } from '../exchange.ts';
import { guard } from '../guard.ts';
import { answerText } from './answer-text.ts';
import { type CacheLook, replayed, type SimilarPeek } from './cache-question.ts';

export interface SemanticStepOptions {
  readonly tier: SemanticTier;
  readonly embedder: SteadyEmbedder;
  /** The greatest cosine distance at which another prompt's answer is served, where no rule says otherwise. */
  readonly distanceMax: number;
  /** Null where no model is to be asked. */
  readonly askModel: ((pair: AnswerPair) => Promise<Agreement>) | null;
  readonly onFault: (error: unknown) => void;
}

const SIMILARITY_HEADER = 'x-tokenwatch-cache-similarity';
/** On a fresh answer that was asked for to check a stored one. */
const SHADOW_HEADER = 'x-tokenwatch-cache-shadow';
const SIMILARITY_DIGITS = 4;
/** Comparisons that run at a time; each may ask a model. A check beyond is not made. */
const COMPARISONS_MAX = 8;

export class SemanticStep implements SimilarPeek {
  readonly #options: SemanticStepOptions;
  #comparisons = 0;

  constructor(options: SemanticStepOptions) {
    this.#options = options;
  }

  /** Null where a similar request's answer will not do. */
  begin(exchange: Exchange, { key, wish, policy }: CacheLook, document: unknown): SimilarRequests | null {
    if (policy.semantic === false) return null;
    const asked = this.#options.tier.asked(key, exchange.endpoint.name, document);
    if (asked === null) return null;
    const distanceMax = policy.distanceMax ?? this.#options.distanceMax;
    return new SimilarRequests(this, exchange, asked, { distanceMax, maxAgeMs: wish.maxAgeMs });
  }

  /** What a request would find. Null where nothing; what it is drawn for cannot be told beforehand. */
  async peek(
    call: Call,
    { key, wish, policy }: CacheLook,
    document: unknown,
  ): Promise<{ readonly match: Match; readonly headers: readonly string[] } | null> {
    if (policy.semantic === false) return null;
    const match = await this.#options.tier.peek(key, call.endpoint.name, document, {
      distanceMax: policy.distanceMax ?? this.#options.distanceMax,
      maxAgeMs: wish.maxAgeMs,
      isUsable: (answer) => replayed(call, answer) !== null,
    });
    return match === null ? null : { match, headers: similarityHeaders(match) };
  }

  get tier(): SemanticTier {
    return this.#options.tier;
  }

  /** Stores the question of a fresh answer, and ends the check that the answer was asked for. */
  kept({ mount, endpoint }: Exchange, asked: Asked, checked: Match | null, fresh: CachedAnswer): void {
    const { tier, embedder, askModel, onFault } = this.#options;
    tier.store(asked, fresh).catch(onFault);
    if (checked === null || this.#comparisons >= COMPARISONS_MAX) return;
    const [freshText, storedText] = [fresh, checked.answer].map((answer) =>
      answerText(mount.protocol, endpoint, answer),
    );
    if (typeof freshText !== 'string' || typeof storedText !== 'string') {
      tier.checked(checked, 'undecided');
      return;
    }
    const embed = (text: string): Promise<Float32Array | null> => embedder.embed(text, asked.embedderId);
    this.#comparisons += 1;
    compareAnswers({ asked: asked.text, fresh: freshText, stored: storedText }, { embed, askModel })
      .then((agreement) => tier.checked(checked, agreement))
      .catch((error: unknown) => {
        tier.checked(checked, 'undecided');
        onFault(error);
      })
      .finally(() => {
        this.#comparisons -= 1;
      });
  }
}

/** How far off, in cosine distance, and how old an answer may be that is served for another prompt. */
interface MatchLimits {
  readonly distanceMax: number;
  readonly maxAgeMs: number;
}

/** What similar requests mean for one request. */
export class SimilarRequests {
  readonly #step: SemanticStep;
  readonly #exchange: Exchange;
  readonly #asked: Asked;
  readonly #limits: MatchLimits;
  /** Its stored answer is not served but compared with the fresh one. */
  #checked: Match | null = null;

  constructor(step: SemanticStep, exchange: Exchange, asked: Asked, limits: MatchLimits) {
    this.#step = step;
    this.#exchange = exchange;
    this.#asked = asked;
    this.#limits = limits;
  }

  /** True where the upstream is asked although there is an answer. */
  get isCheck(): boolean {
    return this.#checked !== null;
  }

  /** What the fresh answer says of the check. */
  get headers(): readonly string[] {
    return this.#checked === null ? [] : [SHADOW_HEADER, 'true', ...similarityHeaders(this.#checked)];
  }

  /**
   * Serves a similar request's answer, or goes on. A request that must not go upstream (`only`) cannot be a check:
   * it gets what was drawn for one, but nothing that needs one.
   */
  find(
    isOnly: boolean,
    serve: (answer: CachedAnswer, headers: readonly string[]) => boolean,
    goOn: () => void,
  ): void {
    const isUsable = (answer: CachedAnswer): boolean => replayed(this.#exchange, answer) !== null;
    const found = guard(this.#exchange, (match: Match | null) => {
      if (this.#exchange.isFinished) return;
      const isServed = match !== null && (match.check === 'none' || (isOnly && match.check === 'sampled'));
      if (isServed && serve(match.answer, similarityHeaders(match))) {
        this.#step.tier.served(match);
        return;
      }
      if (!isOnly) this.#checked = match;
      goOn();
    });
    this.#step.tier.find(this.#asked, { ...this.#limits, isUsable }, found);
  }

  kept(fresh: CachedAnswer): void {
    this.#step.kept(this.#exchange, this.#asked, this.#checked, fresh);
  }
}

function similarityHeaders({ similarity }: Match): readonly string[] {
  return [SIMILARITY_HEADER, Math.min(1, similarity).toFixed(SIMILARITY_DIGITS)];
}
