// What the budget commands share: opening the budgets of a data folder, and what their options mean.

import { systemClock } from '../core/clock.ts';
import { BudgetBook } from '../ledger/budget-book.ts';
import { visitStore } from '../storage/registry.ts';
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
  const { budgets: bank, close } = await visitStore(settings, 'create');
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
