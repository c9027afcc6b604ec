// What each model of a request cost, where several have worked for it: each is charged to its own budgets.

import type { NanoUsd } from './money.ts';
import type { RecordedRun, RequestEnd } from './record.ts';

export interface ModelCost {
  readonly model: string | null;
  /** Where `isUnknown`, what is known of it. */
  readonly nanoUsd: NanoUsd;
  readonly isUnknown: boolean;
}

/** What of a record tells it. */
export type CostedEnd = Pick<RequestEnd, 'costNanoUsd' | 'listCostNanoUsd' | 'modelUsed' | 'runs'>;

const NONE: readonly ModelCost[] = Object.freeze([]);

/** Of the models beside the one that stands for the record; none as a rule. They sum up to no more than the whole. */
export function otherModelCosts(end: CostedEnd): readonly ModelCost[] {
  const { runs, modelUsed } = end;
  if (runs === null || runs.every(({ costNanoUsd }) => costNanoUsd === undefined)) return NONE;
  const sums = new Map<string, ModelCost>();
  let left = wholeCost(end);
  for (const { model, costNanoUsd = null } of runs) {
    if (model === null || model === modelUsed) continue;
    const before = sums.get(model) ?? { model, nanoUsd: 0, isUnknown: false };
    const more = Math.min(left, costNanoUsd ?? 0);
    left -= more;
    sums.set(model, {
      model,
      nanoUsd: before.nanoUsd + more,
      isUnknown: before.isUnknown || costNanoUsd === null,
    });
  }
  return [...sums.values()];
}

/** The whole, by models: first the one that stands for the record, with what the others leave of it. */
export function modelCosts(end: CostedEnd): readonly [ModelCost, ...ModelCost[]] {
  const others = otherModelCosts(end);
  const rest = others.reduce((left, { nanoUsd }) => left - nanoUsd, wholeCost(end));
  return [{ model: end.modelUsed, nanoUsd: rest, isUnknown: isOwnUnknown(end, others) }, ...others];
}

/** What is not known may be what another model made; where no model is known for it, it is the record's own. */
function isOwnUnknown({ costNanoUsd, runs, modelUsed }: CostedEnd, others: readonly ModelCost[]): boolean {
  if (costNanoUsd !== null) return false;
  const isOwn = ({ model }: RecordedRun): boolean => model === null || model === modelUsed;
  const own = runs?.filter(isOwn) ?? [];
  return others.every(({ isUnknown }) => !isUnknown) || own.some((run) => run.costNanoUsd === null);
}

const wholeCost = ({ costNanoUsd, listCostNanoUsd }: CostedEnd): NanoUsd =>
  costNanoUsd ?? listCostNanoUsd ?? 0;
