// Sends what is not answered yet, within the money, and pays for nothing twice.

import { counted } from '../core/counted.ts';
import type { NanoUsd } from '../core/money.ts';
import { assertAffordable, type TaskCost } from './replay-money.ts';
import type { ResultFile } from './replay-result.ts';
import type { ReplayTask } from './replay-task.ts';

/** What a run is asked through. */
export interface Bench {
  costOf(task: ReplayTask, inputTokens: number, outputTokens: number): TaskCost;
  /** Sets aside what all of them can cost, or throws; returns what frees the rest. */
  hold(costs: readonly TaskCost[]): Promise<() => Promise<void>>;
  run(tasks: readonly ReplayTask[], file: ResultFile, concurrency: number): Promise<void>;
}

export interface RunTerms {
  readonly concurrency: number;
  readonly mostNanoUsd: NanoUsd;
  /** Whether what was in flight when an earlier run ended is asked again. */
  readonly retriesDoubtful: boolean;
}

/**
 * Returns what all of it has cost, or may have. `spentNanoUsd` was spent before, out of the same money. Throws where what is left
 * does not fit.
 */
export async function runUnpaid(
  costs: readonly TaskCost[],
  terms: RunTerms,
  bench: Bench,
  file: ResultFile,
  tell: (line: string) => void,
  spentNanoUsd: NanoUsd = 0,
): Promise<NanoUsd> {
  const spent = (): NanoUsd =>
    costs.reduce(
      (sum, { task, worstNanoUsd }) => sum + file.paidFor(task.key, worstNanoUsd ?? 0),
      spentNanoUsd,
    );
  const doubtful = new Set(terms.retriesDoubtful ? [] : costs.filter(({ task }) => file.isInDoubt(task.key)));
  if (doubtful.size > 0)
    tell(
      `${counted(doubtful.size, 'request was', 'requests were')} in flight when an earlier run ended, and may have been paid: left out (--retry-interrupted asks again).`,
    );
  const left = costs.filter((cost) => file.done(cost.task.key) === null && !doubtful.has(cost));
  if (left.length < costs.length - doubtful.size)
    tell(`${costs.length - doubtful.size - left.length} are answered already, and not paid again.`);
  assertAffordable(left, terms.mostNanoUsd, spent());
  if (left.length > 0) await runHeld(left, terms.concurrency, bench, file);
  return spent();
}

/** With the whole worst case set aside before the first request leaves. */
export async function runHeld(
  costs: readonly TaskCost[],
  concurrency: number,
  bench: Pick<Bench, 'hold' | 'run'>,
  file: ResultFile,
): Promise<void> {
  const release = await bench.hold(costs);
  try {
    await bench.run(
      costs.map(({ task }) => task),
      file,
      concurrency,
    );
  } finally {
    await release();
  }
}

/** What all requests to a model can cost together. */
export function worstByModel(
  costs: readonly TaskCost[],
): readonly { readonly model: string; readonly worstNanoUsd: NanoUsd }[] {
  const byModel = Map.groupBy(costs, ({ task }) => task.target);
  return [...byModel].map(([model, all]) => ({
    model,
    worstNanoUsd: all.reduce((sum, { worstNanoUsd }) => sum + (worstNanoUsd ?? 0), 0),
  }));
}
