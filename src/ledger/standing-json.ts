// Budgets as JSON, for scripts and the API: exact dollars as text, no secret.

import type { BudgetStanding } from './account.ts';
import { type Budget, exactUsd } from './budget.ts';

export function budgetJson({ webhookSecret, limitNanoUsd, ...budget }: Budget) {
  return { ...budget, signsWebhooks: webhookSecret !== null, limitUsd: exactUsd(limitNanoUsd) };
}

export function standingJson(standing: BudgetStanding) {
  return {
    ...budgetJson(standing.budget),
    spentUsd: exactUsd(standing.spentNanoUsd),
    reservedUsd: exactUsd(standing.reservedNanoUsd),
    remainingUsd: exactUsd(standing.remainingNanoUsd),
    overrunUsd: exactUsd(standing.overrunNanoUsd),
    unpricedRequests: standing.unpricedRequests,
    periodStart: new Date(standing.periodStartMs).toISOString(),
    periodEnd: Number.isFinite(standing.periodEndMs) ? new Date(standing.periodEndMs).toISOString() : null,
  };
}
