// Budgets: the gate, in step with what the user sets; notices of thresholds leave beside the traffic.

import { keyNamesIn } from '../access/keys/access-key.ts';
import { TokenWatchError } from '../core/errors.ts';
import { type Check, type CheckResult, degraded, WELL } from '../core/readiness.ts';
import { budgetHandlers } from '../dashboard/handlers/budget-handlers.ts';
import { gateOf } from '../decisions.ts';
import { BudgetBook } from '../ledger/book/budget-book.ts';
import { BudgetWatch } from '../ledger/book/budget-watch.ts';
import type { BudgetGate } from '../ledger/gate.ts';
import { HoldDesk } from '../ledger/hold-desk.ts';
import { runningKills } from '../ledger/kills/kill-bank.ts';
import { WAITING_KILLS, WaitingKills } from '../ledger/kills/waiting-kills.ts';
import { LeaseHand } from '../ledger/leases/lease-hand.ts';
import { LeaseKeeper, type LeaseStatus } from '../ledger/leases/lease-keeper.ts';
import type { InstanceName, LeaseBank } from '../ledger/leases/lease-ports.ts';
import { SharedClock } from '../ledger/leases/shared-clock.ts';
import { Ledger } from '../ledger/ledger.ts';
import { Notifier } from '../ledger/notices/notifier.ts';
import { KEPT_BUDGETS } from '../ledger/ports.ts';
import { SPENT_MARKS, type SpentMark } from '../ledger/spent-marks.ts';
import { type KeptCopy, keptCopy } from '../record/kept-copy.ts';
import { ownerIsAlive } from '../record/spool.ts';
import { egressFetch, egressProxies } from '../upstream/egress.ts';
import type { Ground } from './ground.ts';
import type { Instance } from './instances.ts';
import type { Pricing } from './pricing.ts';
import type { Records } from './records.ts';
import type { Rules } from './rules.ts';

/** What the ledger counted goes there so often. */
const MARKS_MS = 2000;

export interface Budgets {
  /** Null where no other instance can let requests through by the same budgets. */
  readonly leases: LeaseKeeper | null;
  readonly gate: BudgetGate;
  readonly ledger: Ledger;
  readonly watch: BudgetWatch;
  readonly holds: HoldDesk;
}

/** Null where they are switched off. */
export async function startBudgets(
  ground: Ground,
  { store, journal }: Records,
  { costs }: Pricing,
  instance: Instance,
): Promise<Budgets | null> {
  const { settings, clock, warn, opened } = ground;
  if (!settings.TOKENWATCH_BUDGET_ENABLED) return null;
  const fetch = egressFetch(egressProxies(ground.environment));
  const notifier = new Notifier({ bank: store.budgets, clock, fetch, warn });
  const bank = store.leases;
  const sharedClock = new SharedClock(clock);
  const ledger = new Ledger({
    clock: bank === null ? clock : sharedClock,
    isLeased: bank !== null,
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
  const copy = keptCopy(settings.TOKENWATCH_DATA_DIR, KEPT_BUDGETS, warn);
  const marks = keptCopy(settings.TOKENWATCH_DATA_DIR, SPENT_MARKS, warn);
  const offline = bank === null ? settings.TOKENWATCH_BUDGET_OFFLINE : 'leases';
  const waiting = new WaitingKills(keptCopy(settings.TOKENWATCH_DATA_DIR, WAITING_KILLS, warn, true));
  const watch = new BudgetWatch({ bank: store.budgets, ledger, drain, warn, copy, offline, marks, waiting });
  const leases =
    bank && keeperOf(ground, { bank, ledger, clock: sharedClock, watch, instance: instance.name, drain });
  // The database's clock comes first: it decides the period.
  await leases?.start();
  await watch.start();
  notifier.start();
  opened.defer(() => notifier.close());
  opened.defer(() => watch.close());
  await leases?.follow();
  if (leases !== null) opened.defer(() => leases.close());
  else keepMarks(ledger, watch, marks, opened);
  const gate = gateOf(settings, clock, ledger, costs);
  const holds = new HoldDesk({ ledger, clock, waitMs: gate.waitMs, isAlive: ownerIsAlive });
  opened.defer(() => holds.close());
  return { leases, ledger, watch, gate, holds };
}

/** Of a ledger that does not know what was spent before, nothing is written down. */
function keepMarks(
  ledger: Ledger,
  watch: BudgetWatch,
  marks: KeptCopy<readonly SpentMark[]>,
  opened: AsyncDisposableStack,
): void {
  const keep = (): void => {
    if (watch.version !== null) marks.keep(ledger.marks());
  };
  const timer = setInterval(keep, MARKS_MS).unref();
  opened.defer(() => {
    clearInterval(timer);
    keep();
  });
}

function keeperOf(
  { settings, warn }: Ground,
  parts: {
    readonly bank: LeaseBank;
    readonly ledger: Ledger;
    readonly clock: SharedClock;
    readonly watch: BudgetWatch;
    readonly instance: InstanceName;
    readonly drain: () => Promise<void>;
  },
): LeaseKeeper {
  const { ledger, clock, watch, instance } = parts;
  const monotonicMs = (): number => clock.monotonicMs();
  const hand = new LeaseHand({ ledger, instance, monotonicMs, rulesVersion: () => watch.version });
  const onNewRules = (): void => void watch.refresh().catch(() => undefined);
  const offline = settings.TOKENWATCH_BUDGET_OFFLINE;
  return new LeaseKeeper({ ...parts, hand, offline, warn, onNewRules });
}

/** Without the database, traffic goes on: within what is leased, or where no hard budget has to know what was spent. */
export function budgetsChecks(budgets: Budgets | null): readonly Check[] {
  if (budgets === null) return [];
  const { leases, ledger, watch } = budgets;
  if (leases !== null) {
    const silence = { state: 'degraded', about: 'nothing is known of the leases on hard budgets' } as const;
    return [{ name: 'leases', silence, look: () => leaseResult(leases.status()) }];
  }
  const silence = { state: 'degraded', about: 'nothing is known of the budgets' } as const;
  const look = (): CheckResult => {
    if (watch.version !== null) return WELL;
    const meanwhile = ledger.isUncounted ? 'refuse' : 'go by what was written down beside it';
    return degraded(`the database has not told yet what was spent: hard budgets ${meanwhile}`);
  };
  return [{ name: 'budgets', silence, look }];
}

function leaseResult({ state, silentMs }: LeaseStatus): CheckResult {
  if (state === 'held') return WELL;
  if (state === 'superseded')
    return degraded('another process has this data folder’s id: hard budgets refuse');
  const since = silentMs === null ? 'since the start' : `for ${Math.round(silentMs / 1000)} s`;
  return degraded(`the database does not answer ${since}: hard budgets go on within what is leased`);
}

/** Budgets can be set while they are switched off; they have no standing then. */
export function budgetsApi(
  { settings, clock }: Ground,
  { store }: Records,
  budgets: Budgets | null,
  { watch }: Rules,
) {
  return budgetHandlers({
    book: new BudgetBook({
      bank: store.budgets,
      clock,
      timeZone: settings.TOKENWATCH_BUDGET_TIMEZONE,
      ...(budgets !== null && { kills: runningKills(budgets.watch) }),
    }),
    running: budgets && {
      standings: () => budgets.ledger.standings(),
      trouble: () => budgets.watch.trouble,
      knowsSpent: () => budgets.watch.knowsSpent,
      isStored: (id) => budgets.watch.isStored(id),
      isKept: () => budgets.watch.isKept,
    },
    // What is in force: a kill switch waits for no database.
    keyNames: async () => keyNamesIn(watch.entries),
    analytics: store.analytics,
    clock,
    changed: async () => budgets?.watch.refresh(),
  });
}
