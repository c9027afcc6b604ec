// Budgets and kill switches by the API: the same book as the command line, with the same refusals.

import type { Analytics } from '../../core/analytics.ts';
import type { Clock } from '../../core/clock.ts';
import { exactUsd } from '../../core/money.ts';
import type { BudgetStanding } from '../../ledger/account.ts';
import type { BudgetBook } from '../../ledger/book/budget-book.ts';
import type { BudgetRequest } from '../../ledger/book/budget-request.ts';
import { budgetJson, standingJson } from '../../ledger/book/standing-json.ts';
import { describeScope, type Kill, limitAt, type Scope, wholeScope } from '../../ledger/budget.ts';
import { type Outage, outageWords, waitingWords } from '../outage.ts';
import { unseenWarning } from '../reports/unseen-scope.ts';
import type { HandlersOf, Input } from './handlers.ts';

export interface BudgetOptions {
  readonly book: BudgetBook;
  /** What only a running server knows; null asks the records. */
  readonly running: RunningBudgets | null;
  /** Of the access keys in use: a scope may name one that there is not. */
  readonly keyNames: () => Promise<readonly string[]>;
  readonly analytics: Pick<Analytics, 'breakdown'>;
  readonly clock: Clock;
  /** Puts what was changed into force. */
  readonly changed: () => Promise<void>;
}

export interface RunningBudgets {
  /** Where each budget stands, with what is reserved now. */
  standings(): readonly BudgetStanding[];
  /** Since when its database does not answer, and why; null where it does. */
  trouble(): Outage | null;
  /** Whether the standings count what was spent before it started. */
  knowsSpent(): boolean;
  /** Whether the database knows of a change of that kill switch by now. */
  isStored(id: string): boolean;
  /** Whether what the database does not know outlives the server. */
  isKept(): boolean;
}

export function budgetHandlers({
  book,
  running,
  keyNames,
  analytics,
  clock,
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
  /** The words for a change that the database does not know yet. */
  const waits = (ids: readonly string[]): string | null => {
    if (running === null || ids.every((id) => running.isStored(id))) return null;
    return waitingWords(running.trouble(), running.isKept());
  };
  /** What it names may be misspelt: then it holds for nothing. */
  const unmet = async (scope: Scope): Promise<string | null> =>
    together(await nobodysKey(scope.key, keyNames), await unseenWarning(scope, analytics, clock.now()));
  const together = (...warnings: readonly (string | null)[]): string | null =>
    warnings.filter((warning) => warning !== null).join(' ') || null;
  return {
    budgets: async () => {
      const all = running?.standings() ?? (await book.status()).standings;
      return { budgets: all.map(standingJson), fault: standingsFaultOf(running) };
    },
    budgetSet: async (input) => {
      const { budget, changed: isChange, warning } = await book.set(requestOf(input));
      await changed();
      // The secret that signs is told once, to whoever sets a webhook.
      const isTold = budget.webhookSecret !== null && (input.webhookUrl ?? null) !== null;
      const secret = isTold ? { webhookSecret: budget.webhookSecret } : {};
      const told = together(await unmet(budget.scope), warning);
      return { [isChange ? 'changed' : 'added']: { ...budgetJson(budget), ...secret }, warning: told };
    },
    budgetRaise: async ({ name, by, for: time, who }) => {
      const budget = await book.raise(name, amountText(by), time, who ?? null);
      await changed();
      return { raised: budgetJson(budget), allowedUsd: exactUsd(limitAt(budget, Date.now())) };
    },
    budgetRemove: async ({ name }) => {
      const budget = await book.remove(name);
      await changed();
      return { removed: budget.name, id: budget.id };
    },
    budgetStatus: async () => {
      if (running === null) {
        const { standings, kills } = await book.status();
        return { budgets: standings.map(standingJson), stopped: kills.map(killJson), fault: null };
      }
      // Looks for what others changed: what comes behind it is not older.
      const kills = await book.kills();
      return {
        budgets: running.standings().map(standingJson),
        stopped: kills.map(killJson),
        fault: standingsFaultOf(running),
      };
    },
    kills: async () => ({ kills: (await book.kills()).map(killJson), fault: faultOf(running) }),
    kill: async (input) => {
      const kill = await book.kill(given(input));
      const warning = together(await unmet(kill.scope), waits([kill.id]));
      return { added: killJson(kill), warning };
    },
    killRemove: async ({ id }) => {
      const kill = await book.resumeOne(id);
      return { removed: kill.id, warning: waits([kill.id]) };
    },
    killsRemove: async (input) => {
      const resumed = await book.resume(given(input));
      return { resumed: resumed.map(killJson), warning: waits(resumed.map(({ id }) => id)) };
    },
  };
}

/** What a scope matches that names a key which nobody can have: nothing. */
async function nobodysKey(
  key: string | null | undefined,
  keyNames: BudgetOptions['keyNames'],
): Promise<string | null> {
  if (key === null || key === undefined) return null;
  const names = await keyNames();
  if (names.includes(key)) return null;
  const known = names.map((name) => `"${name}"`).join(', ') || 'none';
  return `No access key in use is named "${key}": it matches no request until there is one. There are: ${known}.`;
}

const faultOf = (running: RunningBudgets | null): string | null => outageWords(running?.trouble() ?? null);

function standingsFaultOf(running: RunningBudgets | null): string | null {
  const fault = faultOf(running);
  if (fault === null || running === null || running.knowsSpent()) return fault;
  return `${fault} What was spent before this server started is not known: its figures count what it let through itself.`;
}

const killJson = (kill: Kill) => ({
  ...kill,
  scope: wholeScope(kill.scope),
  stops: describeScope(kill.scope),
});

function requestOf({ limit, ...texts }: Input<'budgetSet'>): BudgetRequest {
  return { ...given(texts), ...(limit != null && { limit: amountText(limit) }) };
}

/** Dollars may come as a number, and one that was computed with its binary rest: 0.1 + 0.2 is 0.3, to the nano-dollar. */
function amountText(amount: string | number): string {
  if (typeof amount === 'string') return amount;
  const exact = amount.toFixed(9);
  // Less is refused as it was written.
  return Number(exact) === 0 ? String(amount) : exact;
}

function given<Fields extends Readonly<Record<string, string | null | undefined>>>(
  fields: Fields,
): { readonly [Name in keyof Fields]?: string } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, text]) => text !== null && text !== undefined),
  ) as { readonly [Name in keyof Fields]?: string };
}
