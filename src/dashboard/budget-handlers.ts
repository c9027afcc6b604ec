// Budgets and kill switches by the API: the same book as the command line, with the same refusals.

import { exactUsd } from '../core/money.ts';
import type { BudgetStanding } from '../ledger/account.ts';
import { describeScope, type Kill, limitAt, wholeScope } from '../ledger/budget.ts';
import type { BudgetBook } from '../ledger/budget-book.ts';
import type { BudgetRequest } from '../ledger/budget-request.ts';
import { budgetJson, standingJson } from '../ledger/standing-json.ts';
import type { HandlersOf, Input } from './handlers.ts';

export interface BudgetOptions {
  readonly book: BudgetBook;
  /** Where each budget stands, with what is reserved now; null asks the records. */
  readonly standings: (() => readonly BudgetStanding[]) | null;
  /** Puts what was changed into force. */
  readonly changed: () => Promise<void>;
}

export function budgetHandlers({
  book,
  standings,
  changed,
}: BudgetOptions): HandlersOf<
  | 'budgets'
  | 'budgetSet'
  | 'budgetRaise'
  | 'budgetRemove'
  | 'budgetStatus'
  | 'kills'
  | 'kill'
  | 'killRemove'
  | 'killsRemove'
> {
  // A ledger that runs knows: the records are not asked.
  const standing = async (): Promise<readonly BudgetStanding[]> =>
    standings?.() ?? (await book.status()).standings;
  return {
    budgets: async () => ({ budgets: (await standing()).map(standingJson) }),
    budgetSet: async (input) => {
      const { budget, changed: isChange, warning } = await book.set(requestOf(input));
      await changed();
      // The secret that signs is told once, to whoever sets a webhook.
      const secret = budget.webhookSecret === null ? {} : { webhookSecret: budget.webhookSecret };
      return { [isChange ? 'changed' : 'added']: { ...budgetJson(budget), ...secret }, warning };
    },
    budgetRaise: async ({ name, by, for: time, who }) => {
      const budget = await book.raise(name, String(by), time, who ?? null);
      await changed();
      return { raised: budgetJson(budget), allowedUsd: exactUsd(limitAt(budget, Date.now())) };
    },
    budgetRemove: async ({ name }) => {
      const budget = await book.remove(name);
      await changed();
      return { removed: budget.name, id: budget.id };
    },
    budgetStatus: async () => ({
      budgets: (await standing()).map(standingJson),
      stopped: (await book.kills()).map(killJson),
    }),
    kills: async () => ({ kills: (await book.kills()).map(killJson) }),
    kill: async (input) => {
      const kill = await book.kill(given(input));
      await changed();
      return { added: killJson(kill) };
    },
    killRemove: async ({ id }) => {
      const kill = await book.resumeOne(id);
      await changed();
      return { removed: kill.id };
    },
    killsRemove: async (input) => {
      const resumed = await book.resume(given(input));
      await changed();
      return { resumed: resumed.map(killJson) };
    },
  };
}

const killJson = (kill: Kill) => ({
  ...kill,
  scope: wholeScope(kill.scope),
  stops: describeScope(kill.scope),
});

function requestOf({ limit, ...texts }: Input<'budgetSet'>): BudgetRequest {
  // Dollars may come as a number. Its shortest text: 0.5, not 0.50; 1e-7 is refused by the book with the form.
  return { ...given(texts), ...(limit != null && { limit: String(limit) }) };
}

function given<Fields extends Readonly<Record<string, string | null | undefined>>>(
  fields: Fields,
): { readonly [Name in keyof Fields]?: string } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, text]) => text !== null && text !== undefined),
  ) as { readonly [Name in keyof Fields]?: string };
}
