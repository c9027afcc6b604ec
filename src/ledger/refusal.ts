// Why a budget stopped a request, in the words and headers that the client gets.

import { TokenWatchError } from '../core/errors.ts';
import { formatUsd, type NanoUsd } from '../core/money.ts';
import type { BudgetStanding } from './account.ts';
import { describeScope, exactUsd, type Kill } from './budget.ts';

export type BudgetRefusal =
  | {
      readonly code: 'budget_exceeded';
      readonly standing: BudgetStanding;
      /** What the request may cost; null where the price is unknown. */
      readonly askedNanoUsd: NanoUsd | null;
      readonly atMs: number;
    }
  | {
      readonly code: 'budget_unknown_price';
      readonly standing: BudgetStanding;
      readonly model: string | null;
    }
  | { readonly code: 'budget_killed'; readonly kill: Kill };

/** Beyond this, the SDKs ignore `retry-after` and retry by their own clock: then they are told not to. */
const PATIENCE_OF_SDKS_S = 60;

/** The error for the client, with the response headers that go with it. */
export function refusalError(refusal: BudgetRefusal): TokenWatchError {
  return new TokenWatchError(refusal.code, refusalMessage(refusal), { headers: refusalHeaders(refusal) });
}

/** What a response says about the budget that it is nearest to exceeding. */
export function standingHeaders(standing: BudgetStanding): Readonly<Record<string, string>> {
  return {
    'x-tokenwatch-budget-name': standing.budget.name,
    'x-tokenwatch-budget-limit': exactUsd(standing.budget.limitNanoUsd),
    'x-tokenwatch-budget-spent': exactUsd(standing.spentNanoUsd),
    'x-tokenwatch-budget-reserved': exactUsd(standing.reservedNanoUsd),
    'x-tokenwatch-budget-remaining': exactUsd(standing.remainingNanoUsd),
    ...(Number.isFinite(standing.periodEndMs)
      ? { 'x-tokenwatch-budget-period-end': new Date(standing.periodEndMs).toISOString() }
      : {}),
  };
}

function refusalMessage(refusal: BudgetRefusal): string {
  if (refusal.code === 'budget_killed') {
    const scope = describeScope(refusal.kill.scope);
    return `TokenWatch has stopped ${scope} (kill switch ${refusal.kill.id}). "tokenwatch budget resume" lets it run again.`;
  }
  const { budget, spentNanoUsd, reservedNanoUsd, periodEndMs } = refusal.standing;
  if (refusal.code === 'budget_unknown_price') {
    return `Budget "${budget.name}" cannot be checked: the price of model "${refusal.model ?? ''}" is unknown and TOKENWATCH_BUDGET_UNKNOWN_PRICE is "block".`;
  }
  const turn = Number.isFinite(periodEndMs) ? ` until ${new Date(periodEndMs).toISOString()}` : '';
  const asked =
    refusal.askedNanoUsd === null ? '' : `, and this request may cost ${formatUsd(refusal.askedNanoUsd)}`;
  return `Budget "${budget.name}" allows $${exactUsd(budget.limitNanoUsd)} (${budget.period})${turn}: ${formatUsd(spentNanoUsd)} is spent, ${formatUsd(reservedNanoUsd)} is reserved for requests in flight${asked}.`;
}

function refusalHeaders(refusal: BudgetRefusal): Readonly<Record<string, string>> {
  if (refusal.code === 'budget_killed') return { 'x-should-retry': 'false' };
  const headers = standingHeaders(refusal.standing);
  if (refusal.code === 'budget_unknown_price') return { ...headers, 'x-should-retry': 'false' };
  const waitS = Math.max(1, Math.ceil((refusal.standing.periodEndMs - refusal.atMs) / 1000));
  return {
    ...headers,
    ...(Number.isFinite(waitS) ? { 'retry-after': String(waitS) } : {}),
    ...(waitS > PATIENCE_OF_SDKS_S ? { 'x-should-retry': 'false' } : {}),
  };
}
