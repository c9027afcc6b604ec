// Runs of one kind and about one length as one: results of batches have many thousands, a session has hundreds.

import { addRuns, allInputTokens, type UsageRun } from './usage.ts';

/** Every step by length in a price list is a multiple of it: runs between two of them cost the same per token. */
const LENGTH_STEP_TOKENS = 8000;

export class RunSums {
  readonly #sums = new Map<string, UsageRun>();

  add(run: UsageRun): void {
    const length = allInputTokens(run.usage);
    const key = [
      run.kind,
      run.model,
      run.serviceTier,
      run.speed,
      run.inferenceGeo,
      run.isSum,
      stepOf(length),
    ].join('\n');
    const before = this.#sums.get(key);
    if (before === undefined) this.#sums.set(key, run);
    else {
      const longestInputTokens = Math.max(length, before.longestInputTokens ?? allInputTokens(before.usage));
      this.#sums.set(key, { ...addRuns(before, run), longestInputTokens });
    }
  }

  get size(): number {
    return this.#sums.size;
  }

  get runs(): readonly UsageRun[] {
    return [...this.#sums.values()];
  }
}

/** Lists say "above 200,000" as well as "from 200,000": the multiple itself is a step of its own. */
function stepOf(length: number): string {
  const step = Math.ceil(length / LENGTH_STEP_TOKENS);
  return length % LENGTH_STEP_TOKENS === 0 ? `=${step}` : `<${step}`;
}
