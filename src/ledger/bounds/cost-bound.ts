// What a request can plausibly cost, before it leaves: the amount that is reserved for it.

import type { NanoUsd } from '../../core/money.ts';
import { type Endpoint, mayCost } from '../../core/protocol.ts';
import { allInputTokens, type TokenUsage } from '../../core/usage.ts';
import { type CacheWrites, type InputBound, inputBound, inputTokensMax } from './input-bound.ts';
import type { InputCount } from './input-count.ts';
import type { InputReading } from './input-reading.ts';
import { modelLimits } from './model-limits.ts';
import { RecentFigures } from './recent-figures.ts';

/** The part of the price book that budgets ask. */
export interface WorstPrices {
  /** The most that these counts can cost, whatever their class; null where the price is unknown. */
  worstCost(question: WorstCostQuestion): NanoUsd | null;
}

export interface WorstCostQuestion {
  readonly model: string;
  readonly upstream: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly atMs: number;
  /** What the request asks for, where that changes the price. */
  readonly serviceTier: string | null;
  readonly speed: string | null;
  /** How long the input may be kept in a cache that the request asks for: writing there is dearer. */
  readonly cacheWrites: CacheWrites;
}

export interface CostBoundOptions {
  readonly prices: WorstPrices;
  /** Counts the text of an input. */
  readonly inputCount: InputCount;
  readonly mode: ReserveMode;
}

/**
 * `worst`: what it can cost at all. `expected`: what all but one in a hundred of its kind took lately. `cut`: of a
 * stream what is expected, and more while it runs, since it is ended before it costs more than it holds; else the
 * worst.
 */
export type ReserveMode = 'cut' | 'worst' | 'expected';

export interface BoundQuestion {
  readonly endpoint: Endpoint;
  readonly model: string | null;
  readonly upstream: string;
  readonly app: string;
  /** Whether the answer comes as it is made, and can be ended. */
  readonly stream: boolean;
  /** The client's own bound on generated tokens. */
  readonly maxOutputTokens: number | null;
  readonly serviceTier: string | null;
  readonly speed: string | null;
  /** The parsed body, or undefined where it is no JSON. */
  readonly body: unknown;
  /** What the body makes the model read, where it was looked at already: long texts of the parsed one are cut then. */
  readonly reading?: InputReading | null;
  readonly atMs: number;
}

export interface CostBoundAnswer {
  /** 0 for what costs nothing, null where the price is unknown. */
  readonly costNanoUsd: NanoUsd | null;
  /** What must fit at least: less than `costNanoUsd` for a stream that is ended in time. */
  readonly leastNanoUsd: NanoUsd | null;
  readonly isCuttable: boolean;
  /** What the reservation counts on; equal to the bound in mode `worst`. */
  readonly inputTokensExpected: number;
  readonly outputTokensExpected: number;
  /** The safe bounds, whatever the mode. */
  readonly inputTokensMax: number;
  readonly outputTokensMax: number;
  /** What the body asks the model to read; null where nothing is bounded. */
  readonly input: InputBound | null;
}

export class CostBound {
  readonly #options: CostBoundOptions;
  readonly #outputs = new RecentFigures();
  /** Input tokens as a share of their bound. */
  readonly #inputShares = new RecentFigures();

  constructor(options: CostBoundOptions) {
    this.#options = options;
  }

  bound(question: BoundQuestion): CostBoundAnswer {
    const { endpoint, model } = question;
    if (!mayCost(endpoint)) return FREE;
    if (model === null || endpoint.charge === 'unknown')
      return { ...FREE, costNanoUsd: null, leastNanoUsd: null };
    const limits = modelLimits(model);
    const input = question.reading?.bound ?? inputBound(question.body);
    const inputTokens = inputTokensMax(input, limits);
    const perAnswer = question.maxOutputTokens ?? limits.outputTokens;
    const outputTokens = READS_ONLY.has(endpoint.name) ? 0 : perAnswer * input.answers;
    const isCuttable = this.#options.mode === 'cut' && question.stream && !input.runsElsewhere;
    const expected = this.#expected(question, inputTokens, outputTokens, isCuttable);
    return {
      ...this.#costs(question, input, expected, isCuttable),
      isCuttable,
      inputTokensExpected: expected.inputTokens,
      outputTokensExpected: expected.outputTokens,
      inputTokensMax: inputTokens,
      outputTokensMax: outputTokens,
      input,
    };
  }

  /** What so many tokens of such a request can cost. */
  cost(
    { model, upstream, atMs, serviceTier, speed }: Omit<BoundQuestion, 'body'>,
    input: InputBound | null,
    tokens: { readonly inputTokens: number; readonly outputTokens: number },
  ): NanoUsd | null {
    if (model === null) return null;
    const cacheWrites = input?.cacheWrites ?? 'none';
    return this.#options.prices.worstCost({
      model,
      upstream,
      ...tokens,
      atMs,
      serviceTier,
      speed,
      cacheWrites,
    });
  }

  /** The bound with its text counted instead of measured in bytes; as it was where that does not lower it. */
  async count(question: BoundQuestion, answer: CostBoundAnswer): Promise<CostBoundAnswer> {
    const { model, body, reading = null } = question;
    const { input, outputTokensExpected } = answer;
    if (model === null || input === null || input.refersElsewhere) return answer;
    const { inputCount } = this.#options;
    const textTokens = await (reading === null
      ? inputCount.textTokensMax(body, model)
      : inputCount.countedTokensMax(reading, model));
    if (textTokens === null || textTokens >= input.textBytes) return answer;
    const counted = inputTokensMax(input, modelLimits(model), textTokens);
    const inputTokens = Math.min(answer.inputTokensExpected, counted);
    const tokens = { inputTokens, outputTokens: outputTokensExpected };
    return {
      ...answer,
      ...this.#costs(question, input, tokens, answer.isCuttable),
      inputTokensExpected: inputTokens,
    };
  }

  #costs(
    question: BoundQuestion,
    input: InputBound,
    tokens: { readonly inputTokens: number; readonly outputTokens: number },
    isCuttable: boolean,
  ): Pick<CostBoundAnswer, 'costNanoUsd' | 'leastNanoUsd'> {
    const costNanoUsd = this.cost(question, input, tokens);
    if (!isCuttable) return { costNanoUsd, leastNanoUsd: costNanoUsd };
    const outputTokens = Math.min(tokens.outputTokens, FIRST_TOKENS);
    return { costNanoUsd, leastNanoUsd: this.cost(question, input, { ...tokens, outputTokens }) };
  }

  /** At least the tokens that a model makes of a text; null where that is not to be had in time. */
  countText(text: string, model: string): Promise<number | null> {
    return this.#options.inputCount.tokensMax(text, model);
  }

  /** Learns from a request that ended with the provider's own figures. */
  learn(question: Pick<BoundQuestion, 'app' | 'model'>, answer: CostBoundAnswer, usage: TokenUsage): void {
    if (this.#options.mode === 'worst' || answer.inputTokensMax === 0) return;
    const kind = kindOf(question);
    this.#outputs.add(kind, usage.outputTokens);
    this.#inputShares.add(kind, allInputTokens(usage) / answer.inputTokensMax);
  }

  #expected(
    question: BoundQuestion,
    inputTokens: number,
    outputTokens: number,
    isCuttable: boolean,
  ): { inputTokens: number; outputTokens: number } {
    const { mode } = this.#options;
    const kind = kindOf(question);
    if (isCuttable) {
      // What is read is paid for, whatever becomes of the answer: only what is written can be ended.
      const written = this.#outputs.expected(kind) ?? STANDARD_OUTPUT_TOKENS;
      return { inputTokens, outputTokens: Math.min(outputTokens, Math.max(written, FIRST_TOKENS)) };
    }
    if (mode !== 'expected') return { inputTokens, outputTokens };
    const share = this.#inputShares.expected(kind) ?? 1;
    return {
      inputTokens: Math.min(inputTokens, Math.ceil(inputTokens * share)),
      outputTokens: Math.min(outputTokens, this.#outputs.expected(kind) ?? outputTokens),
    };
  }
}

/** They make vectors, of no tokens. */
const READS_ONLY = new Set(['embeddings', 'cohere/embed', 'gemini/embed', 'ollama/embed']);

/** A stream that cannot hold as much is not worth to be begun: about a paragraph beyond the margin to its end. */
export const FIRST_TOKENS = 300;
/** Expected of a stream while nothing is known of its kind; most answers of agents and chats are shorter. */
const STANDARD_OUTPUT_TOKENS = 4_000;

const FREE: CostBoundAnswer = Object.freeze({
  costNanoUsd: 0,
  leastNanoUsd: 0,
  isCuttable: false,
  inputTokensExpected: 0,
  outputTokensExpected: 0,
  inputTokensMax: 0,
  outputTokensMax: 0,
  input: null,
});

const kindOf = ({ app, model }: Pick<BoundQuestion, 'app' | 'model'>): string => `${model}\n${app}`;
