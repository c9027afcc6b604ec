// What a run can cost: nothing leaves unless the whole of it fits what was allowed.

import { TokenWatchError } from '../core/errors.ts';
import { formatUsd, type NanoUsd } from '../core/money.ts';
import type { ReplayTask } from './replay-task.ts';

export interface TaskCost {
  readonly task: ReplayTask;
  /** What it costs if the answer is as long as the recorded one; null for an unknown price. */
  readonly expectedNanoUsd: NanoUsd | null;
  /** What it cannot exceed. */
  readonly worstNanoUsd: NanoUsd | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface RunCost {
  readonly expectedNanoUsd: NanoUsd;
  readonly worstNanoUsd: NanoUsd;
  /** Requests whose price nobody knows: they are in no sum. */
  readonly unpriced: number;
}

export function runCost(costs: readonly TaskCost[]): RunCost {
  const sum = (pick: (cost: TaskCost) => NanoUsd | null): NanoUsd =>
    costs.reduce((total, cost) => total + (pick(cost) ?? 0), 0);
  return {
    expectedNanoUsd: sum(({ expectedNanoUsd }) => expectedNanoUsd),
    worstNanoUsd: sum(({ worstNanoUsd }) => worstNanoUsd),
    unpriced: costs.filter(({ worstNanoUsd }) => worstNanoUsd === null).length,
  };
}

/** Throws `budget_exceeded` or `budget_unknown_price`, with what to do. */
export function assertAffordable(
  costs: readonly TaskCost[],
  mostNanoUsd: NanoUsd,
  spentNanoUsd: NanoUsd,
): void {
  const { worstNanoUsd, unpriced } = runCost(costs);
  if (unpriced > 0) {
    const model = costs.find(({ worstNanoUsd: worst }) => worst === null)?.task.target;
    throw new TokenWatchError(
      'budget_unknown_price',
      `The price of "${model}" is unknown, so ${unpriced} of ${costs.length} requests have no bound. Set one with "tokenwatch prices set".`,
    );
  }
  if (spentNanoUsd + worstNanoUsd <= mostNanoUsd) return;
  const spent = spentNanoUsd > 0 ? ` besides the ${formatUsd(spentNanoUsd)} of before` : '';
  throw new TokenWatchError(
    'budget_exceeded',
    `The run can cost up to ${formatUsd(worstNanoUsd)}${spent}, more than the ${formatUsd(mostNanoUsd)} that it may (--max-cost). Raise that, ask fewer prompts (--sample), or bound their answers (--max-output).`,
  );
}
