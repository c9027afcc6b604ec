// What the budget commands share: opening the budgets of a data folder, and what their options mean.

import { systemClock } from '../core/clock.ts';
import type { BudgetStanding } from '../ledger/account.ts';
import { exactUsd } from '../ledger/budget.ts';
import { BudgetBook } from '../ledger/budget-book.ts';
import { openBudgets } from '../storage/sqlite/open-records.ts';
import type { CommandContext, CommandOption } from './command.ts';

export const SCOPE_OPTIONS: readonly CommandOption[] = [
  { flags: '--app <name>', about: 'only requests of this application' },
  { flags: '--model <name>', about: 'only requests for this model; * stands for any text' },
  { flags: '--tag <tag>', about: 'only requests with this tag' },
];

/** Runs `work` on the budgets of the data folder, with a server running or not. */
export async function withBudgets<T>(
  context: CommandContext,
  work: (book: BudgetBook) => Promise<T>,
): Promise<T> {
  const settings = context.settings();
  const { bank, close } = await openBudgets(settings.TOKENWATCH_DATA_DIR);
  try {
    const timeZone = settings.TOKENWATCH_BUDGET_TIMEZONE;
    return await work(new BudgetBook({ bank, clock: systemClock, timeZone }));
  } finally {
    await close();
  }
}

/** The text of an option, or undefined where it was not given. */
export function optionText(context: CommandContext, name: string): string | undefined {
  const value = context.options[name];
  return typeof value === 'string' ? value : undefined;
}

export function scopeOf(context: CommandContext): {
  app: string | undefined;
  model: string | undefined;
  tag: string | undefined;
} {
  const text = (name: string): string | undefined => optionText(context, name);
  return { app: text('app'), model: text('model'), tag: text('tag') };
}

/** A standing as JSON for scripts: exact dollars as text, no secret. */
export function standingJson(standing: BudgetStanding): unknown {
  const { webhookSecret, limitNanoUsd, ...budget } = standing.budget;
  return {
    ...budget,
    signsWebhooks: webhookSecret !== null,
    limitUsd: exactUsd(limitNanoUsd),
    spentUsd: exactUsd(standing.spentNanoUsd),
    reservedUsd: exactUsd(standing.reservedNanoUsd),
    remainingUsd: exactUsd(standing.remainingNanoUsd),
    overrunUsd: exactUsd(standing.overrunNanoUsd),
    unpricedRequests: standing.unpricedRequests,
    periodStart: new Date(standing.periodStartMs).toISOString(),
    periodEnd: Number.isFinite(standing.periodEndMs) ? new Date(standing.periodEndMs).toISOString() : null,
  };
}
