// Budgets: the gate, in step with what the user sets; notices of thresholds leave beside the traffic.

import { TokenWatchError } from '../core/errors.ts';
import { budgetHandlers } from '../dashboard/budget-handlers.ts';
import { gateOf } from '../decisions.ts';
import { BudgetBook } from '../ledger/budget-book.ts';
import { BudgetWatch } from '../ledger/budget-watch.ts';
import type { BudgetGate } from '../ledger/gate.ts';
import { Ledger } from '../ledger/ledger.ts';
import { Notifier } from '../ledger/notifier.ts';
import { changeLog } from '../record/change-log.ts';
import { egressFetch, egressProxies } from '../upstream/egress.ts';
import type { Ground } from './ground.ts';
import type { Pricing } from './pricing.ts';
import type { Records } from './records.ts';

export interface Budgets {
  readonly gate: BudgetGate;
  readonly ledger: Ledger;
  readonly watch: BudgetWatch;
}

/** Null where they are switched off. */
export async function startBudgets(
  ground: Ground,
  { store, journal }: Records,
  { costs }: Pricing,
): Promise<Budgets | null> {
  const { settings, clock, warn, opened } = ground;
  if (!settings.TOKENWATCH_BUDGET_ENABLED) return null;
  const onFault = (error: unknown): void =>
    warn(`Budgets: ${error instanceof Error ? error.message : String(error)}. What was set before holds.`);
  const fetch = egressFetch(egressProxies(ground.environment));
  const notifier = new Notifier({ bank: store.budgets, clock, fetch, onFault });
  const ledger = new Ledger({
    clock,
    timeZone: settings.TOKENWATCH_BUDGET_TIMEZONE,
    unknownPrice: settings.TOKENWATCH_BUDGET_UNKNOWN_PRICE,
    onThreshold: (crossing) => notifier.crossed(crossing),
  });
  const drain = async (): Promise<void> => {
    journal.flush();
    const { waitingLines, lastError } = journal.status();
    if (waitingLines > 0)
      throw new TokenWatchError('storage_failed', `records wait for the disk (${lastError})`);
    await store.load();
  };
  const watch = new BudgetWatch({ bank: store.budgets, ledger, drain, onFault });
  await watch.start();
  notifier.start();
  opened.defer(() => notifier.close());
  opened.defer(() => watch.close());
  return { ledger, watch, gate: gateOf(settings, ledger, costs) };
}

/** Budgets can be set while they are switched off; they have no standing then. */
export function budgetsApi({ settings, clock }: Ground, { store }: Records, budgets: Budgets | null) {
  return budgetHandlers({
    book: new BudgetBook({
      bank: store.budgets,
      clock,
      timeZone: settings.TOKENWATCH_BUDGET_TIMEZONE,
      changing: { who: 'the API', witness: changeLog(settings.TOKENWATCH_DATA_DIR) },
    }),
    standings: budgets && (() => budgets.ledger.standings()),
    changed: async () => budgets?.watch.refresh(),
  });
}
