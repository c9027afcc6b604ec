// The webhook message that says a budget has reached a threshold.

import { hash } from 'node:crypto';
import { exactUsd, formatUsd } from '../../core/money.ts';
import type { ThresholdCrossing } from '../account.ts';
import { type Budget, type BudgetRaise, describeScope, limitAt } from '../budget.ts';
import type { Notice } from '../ports.ts';

/** Null for a budget without a webhook. */
export function noticeOf(crossing: ThresholdCrossing, nowMs: number): Notice | null {
  const { budget, threshold, periodStartMs, share } = crossing;
  if (budget.webhookUrl === null || budget.webhookSecret === null) return null;
  // Each one's allowance has notices of its own.
  const place =
    (budget.per ?? null) === null ? budget.id : `${budget.id}/${hash('sha256', share ?? '').slice(0, 16)}`;
  const body = isSlack(budget.webhookUrl) ? { text: sentence(crossing) } : message(crossing, nowMs);
  return {
    // The same crossing always gets the same id, so that a receiver too can tell a repetition.
    id: `msg_${place.replaceAll('/', '_')}_${periodStartMs}_${threshold}`,
    budgetId: place,
    periodStartMs,
    threshold,
    url: budget.webhookUrl,
    secret: budget.webhookSecret,
    body: JSON.stringify(body),
    createdAtMs: nowMs,
    attempts: 0,
  };
}

/** Says that it may spend more for a while; null for a budget without a webhook. */
export function raiseNoticeOf(budget: Budget, raise: BudgetRaise): Notice | null {
  if (budget.webhookUrl === null || budget.webhookSecret === null) return null;
  const { byNanoUsd, fromMs, untilMs, who } = raise;
  const until = new Date(untilMs).toISOString();
  const text = `TokenWatch: budget "${budget.name}" (${budget.period}) was raised by $${exactUsd(byNanoUsd)} until ${until}, by ${who}.`;
  const data = {
    budget_id: budget.id,
    budget_name: budget.name,
    raised_by_usd: exactUsd(byNanoUsd),
    limit_usd: exactUsd(limitAt(budget, fromMs)),
    until,
    who,
  };
  const body = isSlack(budget.webhookUrl)
    ? { text }
    : { type: 'budget.raised', timestamp: new Date(fromMs).toISOString(), data };
  return {
    id: `msg_${budget.id}_raise_${fromMs}`,
    budgetId: `${budget.id}/raise`,
    periodStartMs: fromMs,
    threshold: 0,
    url: budget.webhookUrl,
    secret: budget.webhookSecret,
    body: JSON.stringify(body),
    createdAtMs: fromMs,
    attempts: 0,
  };
}

/** `all traffic`, or `app chat, per session: s1`. */
function describeBudget({ budget, share }: ThresholdCrossing): string {
  const scope = describeScope(budget.scope);
  return (budget.per ?? null) === null ? scope : `${scope}, per ${budget.per}: ${share ?? 'none'}`;
}

function message(crossing: ThresholdCrossing, nowMs: number): unknown {
  const { budget } = crossing;
  return {
    type: 'budget.threshold_reached',
    timestamp: new Date(nowMs).toISOString(),
    data: {
      budget_id: budget.id,
      budget_name: budget.name,
      action: budget.action,
      scope: budget.scope,
      threshold_percent: crossing.threshold,
      ...((budget.per ?? null) !== null && { per: budget.per, of: crossing.share }),
      limit_usd: exactUsd(crossing.limitNanoUsd),
      spent_usd: exactUsd(crossing.spentNanoUsd),
      period: budget.period,
      period_start: new Date(crossing.periodStartMs).toISOString(),
      period_end: periodEnd(crossing),
    },
  };
}

function sentence(crossing: ThresholdCrossing): string {
  const { budget, threshold, spentNanoUsd } = crossing;
  const end = periodEnd(crossing);
  const until = end === null ? '' : ` The period ends at ${end}.`;
  return `TokenWatch: budget "${budget.name}" (${budget.period}, ${describeBudget(crossing)}) has reached ${threshold} %: ${formatUsd(spentNanoUsd)} of $${exactUsd(crossing.limitNanoUsd)} is spent.${until}`;
}

function periodEnd({ periodEndMs }: ThresholdCrossing): string | null {
  return Number.isFinite(periodEndMs) ? new Date(periodEndMs).toISOString() : null;
}

function isSlack(url: string): boolean {
  const { hostname, protocol } = new URL(url);
  return protocol === 'https:' && (hostname === 'hooks.slack.com' || hostname === 'hooks.slack-gov.com');
}
