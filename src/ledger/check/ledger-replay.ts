// Recomputes hard budgets from the records: when each request set money aside and when it was settled, in order, under
// the limits that were in force. What it says needs nothing of the ledger that decided.

import { type CostedEnd, modelCosts } from '../../core/model-costs.ts';
import type { NanoUsd } from '../../core/money.ts';
import type { RequestRecord } from '../../core/record.ts';
import { type BudgetVersion, budgetsOverTime } from '../book/budget-history.ts';
import { type Budget, limitAt, type SharedBy } from '../budget.ts';
import { periodAt } from '../period.ts';
import type { SpendQuery, SpentSoFar } from '../ports.ts';
import { ANY_MODEL, type RequestFacets, scopeCharges } from '../scope-matcher.ts';
import { Movements } from './movements.ts';

export type ReplayedRecord = Pick<
  RequestRecord,
  | 'id'
  | 'startedAtMs'
  | 'reservedAtMs'
  | 'reservedNanoUsd'
  | 'costNanoUsd'
  | 'listCostNanoUsd'
  | 'latencyMs'
  | 'outcome'
  | 'app'
  | 'tag'
  | 'user'
  | 'session'
  | 'accessKey'
  | 'modelRequested'
  | 'modelSent'
> &
  CostedEnd;

/** The first request whose settlement brought a budget over its limit. */
export interface OverMoment {
  readonly requestId: string;
  readonly atMs: number;
  readonly spentNanoUsd: NanoUsd;
  readonly costNanoUsd: NanoUsd;
  /** It cost that at least: how much more is not known. */
  readonly isLeast?: true;
  /** Null where nothing was set aside for it: no bound, or no budget when it began. */
  readonly reservedNanoUsd: NanoUsd | null;
}

/** One period of a hard budget, under one definition. */
export interface ReplayedPeriod {
  readonly budget: string;
  /** Whose allowance it is, of a budget that each session, user, key or application has for itself; else null. */
  readonly of: string | null;
  readonly per: SharedBy | null;
  /** With what it was raised by, where it was over; else without. */
  readonly limitNanoUsd: NanoUsd;
  readonly periodStartMs: number;
  readonly requests: number;
  readonly spentNanoUsd: NanoUsd;
  /**
   * The most that was spent and set aside together. A stream takes more while it runs and its record tells the last
   * amount alone, which counts from its start here: what was really set aside was never more.
   */
  readonly mostHeldNanoUsd: NanoUsd;
  /** Requests that cost more than they had set aside, and by how much in all. */
  readonly overruns: number;
  readonly overrunNanoUsd: NanoUsd;
  /** Requests of unknown cost: what is known of it is in the sums. */
  readonly unpriced: number;
  /** Of what was spent, by requests that are no longer on record: it counts from the period's start. */
  readonly deletedNanoUsd: NanoUsd;
  readonly over: OverMoment | null;
}

/** A period of which requests may have been deleted, and what they spent in it. */
export interface Opening {
  readonly versionIndex: number;
  readonly startMs: number;
  readonly query: SpendQuery;
}

/** Nothing waits so long between its begin and its reservation. */
const RESERVED_LATE_MS = 24 * 3_600_000;

export class LedgerReplay {
  readonly #timeZone: string;
  readonly #sinceMs: number;
  readonly #versions: readonly BudgetVersion[];
  /** What was spent by requests that are no longer on record, by the places of `#movements`. */
  readonly #deleted = new Map<string, NanoUsd>();
  readonly #movements = new Map<
    string,
    { readonly version: BudgetVersion; readonly of: string | null; readonly list: Movements }
  >();

  /** Looks at what was settled from `sinceMs` on; what was spent before, in the same period, counts. */
  constructor(
    budgets: readonly Budget[],
    timeZone: string,
    sinceMs: number,
    /** Of budgets that were removed. */
    removed: readonly BudgetVersion[] = [],
  ) {
    this.#timeZone = timeZone;
    this.#sinceMs = sinceMs;
    this.#versions = [...budgets.flatMap(budgetsOverTime), ...removed].filter(
      ({ action }) => action === 'block',
    );
  }

  /** From when records are needed. */
  get fromMs(): number {
    const starts = this.#versions.map(
      ({ period }) => periodAt(period, this.#sinceMs, this.#timeZone).startMs,
    );
    return Math.min(this.#sinceMs, ...starts);
  }

  /** In any order. */
  add(record: ReplayedRecord): void {
    if (record.outcome === 'refused' || record.outcome === 'in_flight') return;
    const reservedAtMs = record.reservedAtMs ?? record.startedAtMs;
    const { id, reservedNanoUsd, latencyMs } = record;
    const settledAtMs = reservedAtMs + latencyMs;
    const costs = modelCosts(record);
    const movement = { id, reservedAtMs, settledAtMs, reservedNanoUsd };
    const { app, tag, user, session, accessKey: key, modelRequested, modelSent } = record;
    const asked: RequestFacets = {
      app,
      tag,
      user,
      session,
      key,
      model: modelSent ?? modelRequested ?? ANY_MODEL,
    };
    for (const [index, version] of this.#versions.entries()) {
      const charged = costs.filter(({ model }) => scopeCharges(version.scope, asked, model));
      if (charged.length === 0) continue;
      const { startMs } = periodAt(version.period, reservedAtMs, this.#timeZone);
      const of = version.per ? (asked[version.per] ?? '') : null;
      const place = JSON.stringify([index, startMs, of]);
      const known = this.#movements.get(place) ?? { version, of, list: new Movements() };
      this.#movements.set(place, known);
      const costNanoUsd = charged.reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
      const isKnown = charged.every(({ isUnknown }) => !isUnknown);
      known.list.add({ ...movement, costNanoUsd, isKnown });
    }
  }

  /** Where requests that began before `rowsFromMs` were deleted: what `opened` is to be told. After the last record. */
  openings(rowsFromMs: number): readonly Opening[] {
    const found = new Map<string, Opening>();
    for (const place of this.#movements.keys()) {
      const [versionIndex, startMs] = JSON.parse(place) as [number, number];
      const version = this.#versions[versionIndex];
      if (version === undefined || startMs >= rowsFromMs + RESERVED_LATE_MS) continue;
      const { endMs: toMs } = periodAt(version.period, startMs, this.#timeZone);
      const { scope, per = null } = version;
      const query = { scope, per, fromMs: startMs, toMs, unsettledIds: [], deletedOnly: true } as const;
      found.set(`${versionIndex} ${startMs}`, { versionIndex, startMs, query });
    }
    return [...found.values()];
  }

  opened({ versionIndex, startMs, query }: Opening, spent: SpentSoFar): void {
    const shares = query.per
      ? (spent.shares ?? []).map((each) => [each.share ?? '', each.costNanoUsd] as const)
      : [[null, spent.costNanoUsd] as const];
    for (const [of, nanoUsd] of shares)
      this.#deleted.set(JSON.stringify([versionIndex, startMs, of]), nanoUsd);
  }

  /** By budget, then by time. Periods in which a definition was not in force are left out. */
  periods(): readonly ReplayedPeriod[] {
    const replayed = [...this.#movements].map(([place, { version, of, list }]) =>
      replayPeriod(
        { version, of, list, deleted: this.#deleted.get(place) ?? 0 },
        this.#sinceMs,
        this.#timeZone,
      ),
    );
    return replayed
      .filter((period) => period !== null)
      .sort((a, b) => a.budget.localeCompare(b.budget) || a.periodStartMs - b.periodStartMs);
  }
}

interface Played {
  readonly version: BudgetVersion;
  readonly of: string | null;
  readonly list: Movements;
  readonly deleted: NanoUsd;
}

function replayPeriod(
  { version, of, list, deleted }: Played,
  sinceMs: number,
  timeZone: string,
): ReplayedPeriod | null {
  const isChecked = (atMs: number): boolean =>
    atMs >= sinceMs && atMs >= version.fromMs && atMs < version.toMs;
  if (!list.isSomeSettled(isChecked)) return null;
  const sums = { spent: deleted, held: 0, most: 0, overruns: 0, overrun: 0, unpriced: 0 };
  let over: OverMoment | null = null;
  for (const { isReserve, movement } of list.steps()) {
    const { id, reservedAtMs, settledAtMs, costNanoUsd: cost, isKnown, reservedNanoUsd: reserved } = movement;
    const atMs = isReserve ? reservedAtMs : settledAtMs;
    sums.held += isReserve ? (reserved ?? 0) : -(reserved ?? 0);
    if (!isReserve) {
      if (!isKnown) sums.unpriced += 1;
      sums.spent += cost;
      if (isKnown && reserved !== null && cost > reserved) {
        sums.overruns += 1;
        sums.overrun += cost - reserved;
      }
      // What began before the definition was set was not bounded by it.
      const isBound = isChecked(atMs) && reservedAtMs >= version.fromMs;
      if (isBound && cost > 0 && sums.spent > limitAt(version, atMs))
        over ??= {
          requestId: id,
          atMs,
          spentNanoUsd: sums.spent,
          costNanoUsd: cost,
          ...(!isKnown && { isLeast: true }),
          reservedNanoUsd: reserved,
        };
    }
    if (isChecked(atMs)) sums.most = Math.max(sums.most, sums.spent + Math.max(0, sums.held));
  }
  return {
    budget: version.name,
    of,
    per: version.per ?? null,
    limitNanoUsd: over === null ? version.limitNanoUsd : limitAt(version, over.atMs),
    periodStartMs: periodAt(version.period, list.reservedAtMs, timeZone).startMs,
    requests: list.length,
    spentNanoUsd: sums.spent,
    mostHeldNanoUsd: sums.most,
    overruns: sums.overruns,
    overrunNanoUsd: sums.overrun,
    unpriced: sums.unpriced,
    deletedNanoUsd: deleted,
    over,
  };
}
