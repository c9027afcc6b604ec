// What a running stream costs, at the price of whoever answers it: of the model that was asked for until the stream
// names another. Of several that it names, the dearest counts.

import type { NanoUsd } from '../../core/money.ts';
import type { BoundQuestion, CostBound, CostBoundAnswer } from './cost-bound.ts';
import { modelLimits } from './model-limits.ts';

type RunningQuestion = Omit<BoundQuestion, 'body'>;

/** A stream that names more of them says nothing with it. */
const MODELS_MAX = 8;

export class RunningCost {
  readonly #costs: CostBound;
  readonly #asked: RunningQuestion;
  readonly #bound: CostBoundAnswer;
  /** Who answers, and has a price. */
  readonly #answering: RunningQuestion[] = [];
  #lastModel: string | null = null;
  #outputTokensMax: number;

  constructor(costs: CostBound, asked: RunningQuestion, bound: CostBoundAnswer) {
    this.#costs = costs;
    this.#asked = asked;
    this.#bound = bound;
    this.#outputTokensMax = bound.outputTokensMax;
  }

  /** What it writes at the most. */
  get outputTokensMax(): number {
    return this.#outputTokensMax;
  }

  /** Takes who answers. True where that is news, and changes the price. */
  answeredBy(model: string | null): boolean {
    if (model === null || model === this.#lastModel) return false;
    this.#lastModel = model;
    const question = { ...this.#asked, model };
    const isKnown = this.#answering.some((other) => other.model === model);
    if (isKnown || this.#answering.length === MODELS_MAX) return false;
    // One without a price is charged at that of the model that was asked for, as long as it runs.
    if (this.#costs.cost(question, this.#bound.input, { inputTokens: 1, outputTokens: 1 }) === null)
      return false;
    this.#answering.push(question);
    const writes = (this.#bound.input?.answers ?? 1) * modelLimits(model).outputTokens;
    if (this.#asked.maxOutputTokens === null) this.#outputTokensMax = Math.max(this.#outputTokensMax, writes);
    return true;
  }

  of(tokens: { readonly inputTokens: number; readonly outputTokens: number }): NanoUsd | null {
    const costs = (this.#answering.length === 0 ? [this.#asked] : this.#answering).map((question) =>
      this.#costs.cost(question, this.#bound.input, tokens),
    );
    return costs.reduce((most, cost) => (most === null || (cost ?? 0) > most ? cost : most), null);
  }

  /** The most output for which an amount suffices. */
  outputFor(amount: NanoUsd, inputTokens: number): number {
    const fits = (outputTokens: number): boolean => (this.of({ inputTokens, outputTokens }) ?? 0) <= amount;
    let [low, high] = [0, this.#outputTokensMax];
    while (fits(high) && high < Number.MAX_SAFE_INTEGER / 4) {
      low = high;
      high = 2 * high + 1;
    }
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (fits(middle)) low = middle;
      else high = middle;
    }
    return low;
  }
}
