// Budgets as JSON, for scripts and the API: exact dollars as text, no secret.

import { exactUsd } from '../../core/money.ts';
import { hostOf } from '../../core/without-credentials.ts';
import type { BudgetStanding } from '../account.ts';
import { type Budget, wholeScope } from '../budget.ts';

export function budgetJson({
  webhookUrl,
  webhookSecret,
  limitNanoUsd,
  per = null,
  raises = [],
  earlier: _,
  ...budget
}: Budget) {
  const shown = raises.map(({ byNanoUsd, fromMs, untilMs, who }) => ({
    byUsd: exactUsd(byNanoUsd),
    from: new Date(fromMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    who,
  }));
  return {
    ...budget,
    scope: wholeScope(budget.scope),
    per,
    raises: shown,
    webhookUrl: webhookUrl && hostOf(webhookUrl),
    signsWebhooks: webhookSecret !== null,
    limitUsd: exactUsd(limitNanoUsd),
  };
}

export function standingJson(standing: BudgetStanding) {
  return {
    ...budgetJson(standing.budget),
    allowedUsd: exactUsd(standing.limitNanoUsd),
    share: standing.share,
    shares: standing.shares,
    spentUsd: exactUsd(standing.spentNanoUsd),
    reservedUsd: exactUsd(standing.reservedNanoUsd),
    remainingUsd: exactUsd(standing.remainingNanoUsd),
    overrunUsd: exactUsd(standing.overrunNanoUsd),
    unpricedRequests: standing.unpricedRequests,
    periodStart: new Date(standing.periodStartMs).toISOString(),
    periodEnd: Number.isFinite(standing.periodEndMs) ? new Date(standing.periodEndMs).toISOString() : null,
  };
}
