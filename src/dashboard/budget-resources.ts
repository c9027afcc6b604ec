// Budgets and kill switches by the API: the same book as the command line, with the same refusals.

import { TokenWatchError } from '../core/errors.ts';
import type { BudgetStanding } from '../ledger/account.ts';
import { describeScope, type Kill } from '../ledger/budget.ts';
import type { BudgetBook } from '../ledger/budget-book.ts';
import { budgetJson, standingJson } from '../ledger/standing-json.ts';
import { assertFields, type Document, optionalText, wrong } from './fields.ts';
import type { Resource, Resources } from './resource.ts';

export interface BudgetResourceOptions {
  readonly book: BudgetBook;
  /** Where each budget stands, with what is reserved now; null asks the records. */
  readonly standings: (() => readonly BudgetStanding[]) | null;
  /** Puts what was changed into force. */
  readonly changed: () => Promise<void>;
}

const BUDGET_FIELDS = [
  'name',
  'limit',
  'period',
  'app',
  'model',
  'tag',
  'action',
  'thresholds',
  'webhookUrl',
  'unknown',
] as const;
const SCOPE_FIELDS = ['app', 'model', 'tag'] as const;

export function budgetResources(options: BudgetResourceOptions): Resources {
  return {
    '/api/budgets': budgets(options),
    '/api/kills': kills(options),
    '/api/budget': status(options),
  };
}

/** `/api/budget/status`: what `tokenwatch budget status --json` says, in one answer. */
function status({ book, standings }: BudgetResourceOptions): Resource {
  return {
    show: async (name) => {
      if (name !== 'status')
        throw new TokenWatchError(
          'unknown_route',
          `There is no /api/budget/${name}. There is /api/budget/status; budgets are set at /api/budgets.`,
        );
      const recorded = await book.status();
      return {
        budgets: (standings?.() ?? recorded.standings).map(standingJson),
        stopped: recorded.kills.map((kill) => ({ ...kill, stops: describeScope(kill.scope) })),
      };
    },
  };
}

function budgets({ book, standings, changed }: BudgetResourceOptions): Resource {
  return {
    list: async () => {
      const all = standings?.() ?? (await book.status()).standings;
      return { budgets: all.map(standingJson) };
    },
    add: async (document) => {
      assertFields(document, BUDGET_FIELDS);
      const {
        budget,
        changed: isChange,
        warning,
      } = await book.set({
        ...texts(document, BUDGET_FIELDS),
        // Dollars may come as a number.
        ...(document.limit !== undefined && { limit: dollars(document.limit) }),
      });
      await changed();
      // The secret that signs is told once, to whoever sets a webhook.
      const secret = budget.webhookSecret === null ? {} : { webhookSecret: budget.webhookSecret };
      return { [isChange ? 'changed' : 'added']: { ...budgetJson(budget), ...secret }, warning };
    },
    remove: async (name) => {
      const budget = await book.remove(name);
      await changed();
      return { removed: budget.name };
    },
  };
}

function kills({ book, changed }: BudgetResourceOptions): Resource {
  const json = (kill: Kill) => ({ ...kill, stops: describeScope(kill.scope) });
  return {
    list: async () => ({ kills: (await book.status()).kills.map(json) }),
    add: async (document) => {
      assertFields(document, SCOPE_FIELDS);
      const kill = await book.kill(texts(document, SCOPE_FIELDS));
      await changed();
      return { added: json(kill) };
    },
    remove: async (id) => {
      const kill = await book.resumeOne(id);
      await changed();
      return { removed: kill.id };
    },
  };
}

function dollars(value: unknown): string {
  if (typeof value === 'string') return value;
  // A number's shortest text: 0.5, not 0.50; 1e-7 is refused by the book with the form.
  if (typeof value === 'number') return String(value);
  throw wrong('limit', value, 'an amount of dollars such as 25 or "0.50"');
}

function texts(document: Document, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      if (name === 'limit') return [];
      const text = optionalText(document, name);
      return text === null ? [] : [[name, text]];
    }),
  );
}
