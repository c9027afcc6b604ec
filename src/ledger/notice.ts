// The webhook message that says a budget has reached a threshold.

import { formatUsd } from '../core/money.ts';
import type { ThresholdCrossing } from './account.ts';
import { describeScope, exactUsd } from './budget.ts';
import type { Notice } from './ports.ts';

/** Null for a budget without a webhook. */
export function noticeOf(crossing: ThresholdCrossing, nowMs: number): Notice | null {
  const { budget, threshold, periodStartMs } = crossing;
  if (budget.webhookUrl === null || budget.webhookSecret === null) return null;
  const body = isSlack(budget.webhookUrl) ? { text: sentence(crossing) } : message(crossing, nowMs);
  return {
    // The same crossing always gets the same id, so that a receiver too can tell a repetition.
    id: `msg_${budget.id}_${periodStartMs}_${threshold}`,
    budgetId: budget.id,
    periodStartMs,
    threshold,
    url: budget.webhookUrl,
    secret: budget.webhookSecret,
    body: JSON.stringify(body),
    createdAtMs: nowMs,
    attempts: 0,
  };
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
      limit_usd: exactUsd(budget.limitNanoUsd),
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
  return `TokenWatch: budget "${budget.name}" (${budget.period}, ${describeScope(budget.scope)}) has reached ${threshold} %: ${formatUsd(spentNanoUsd)} of $${exactUsd(budget.limitNanoUsd)} is spent.${until}`;
}

function periodEnd({ periodEndMs }: ThresholdCrossing): string | null {
  return Number.isFinite(periodEndMs) ? new Date(periodEndMs).toISOString() : null;
}

function isSlack(url: string): boolean {
  const { hostname, protocol } = new URL(url);
  return protocol === 'https:' && (hostname === 'hooks.slack.com' || hostname === 'hooks.slack-gov.com');
}
