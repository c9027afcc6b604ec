// Where the instances of one database share out a hard budget, so that together they never let through more than its
// limit, without asking at each request (escrow).
//
// Each instance holds a lease on a budget's period: how much it may let through in that period, all in all. It only grows
// by a grant, which is given under a lock while the sum of all leases stays within the limit. An instance gives back by
// lowering its own mark first and telling afterwards. So at every moment each instance is within its mark, each mark
// within its lease, and the leases within the limit: a message that is lost, late or never sent changes nothing of that.
//
// No clock takes part: a lease does not expire. One who is not heard of may be paused, and wake up, and spend what it
// holds. Its lease is lowered by itself, or when its process has ended and all its records are in (`releaseEnded`).

import { TokenWatchError } from '../core/errors.ts';
import type { NanoUsd } from '../core/money.ts';
import type {
  InstanceFacts,
  InstanceName,
  LeaseAnswer,
  LeaseAsk,
  LeaseBank,
  LeaseClaim,
  LeaseFigures,
  LeaseGrant,
  LeaseWindow,
} from './lease-ports.ts';

/** Not heard of for so long, an instance counts as ended for what others are told. Nothing is taken from it. */
const SILENT_AFTER_MS = 10_000;
/** Leases of periods that ended so long ago are forgotten. */
const FORGOTTEN_AFTER_MS = 7 * 24 * 3_600_000;
/** For people: an instance that stopped so long ago is not listed. */
const LISTED_MS = 24 * 3_600_000;

/** Stands for records of nobody who holds a lease: from before the budget, or moved here from another store. */
const NOBODY = '';

export interface LeaseRow extends LeaseFigures {
  readonly key: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly instance: string;
  readonly grantedNanoUsd: NanoUsd;
  readonly isUnmet: boolean;
}

export interface InstanceRow extends InstanceName {
  readonly startedAtMs: number;
  readonly seenAtMs: number;
  readonly isStopped: boolean;
}

type Window = Pick<LeaseWindow, 'key' | 'startMs' | 'endMs' | 'scope'>;

/** What a store keeps of it. All calls of one `transaction` are one, and nobody else's is between them. */
export interface LeaseRows {
  now(): Promise<{ readonly nowMs: number; readonly rulesVersion: number }>;
  instances(): Promise<readonly InstanceRow[]>;
  putInstance(row: InstanceRow): Promise<void>;
  leases(keys: readonly string[]): Promise<readonly LeaseRow[]>;
  putLeases(rows: readonly LeaseRow[]): Promise<void>;
  windows(): Promise<readonly Window[]>;
  putWindow(window: Window): Promise<void>;
  forgetBefore(endMs: number): Promise<void>;
  /** Ended records at their cost, running ones at what they reserved; by whom they are. */
  spentBy(window: Window): Promise<readonly { readonly instance: string; readonly nanoUsd: NanoUsd }[]>;
}

export interface LeaseStore {
  transaction<T>(work: (rows: LeaseRows) => Promise<T>): Promise<T>;
}

export class LeaseDesk implements LeaseBank {
  readonly #store: LeaseStore;

  constructor(store: LeaseStore) {
    this.#store = store;
  }

  registerInstance(name: InstanceName): Promise<{ readonly nowMs: number }> {
    return this.#store.transaction(async (rows) => {
      const { nowMs } = await rows.now();
      const before = (await rows.instances()).find(({ id }) => id === name.id);
      const isElsewhere = before !== undefined && before.run !== name.run && before.host !== name.host;
      if (isElsewhere && !before.isStopped && nowMs - before.seenAtMs < SILENT_AFTER_MS) throw copied(before);
      await rows.putInstance({ ...name, startedAtMs: nowMs, seenAtMs: nowMs, isStopped: false });
      return { nowMs };
    });
  }

  exchangeLeases({ instance, rulesVersion, claims: told, isLast }: LeaseAsk): Promise<LeaseAnswer> {
    // Whoever has no budgets from the store does not know what its own earlier processes spent either: by what it told,
    // their lease would be free.
    const claims = rulesVersion === null ? [] : told;
    return this.#store.transaction(async (rows): Promise<LeaseAnswer> => {
      const now = await rows.now();
      const instances = await rows.instances();
      const mine = instances.find(({ id }) => id === instance.id);
      if (mine === undefined || mine.run !== instance.run) return { isSuperseded: true };
      await rows.putInstance({ ...mine, seenAtMs: now.nowMs, isStopped: isLast });
      const alive = aliveAt(instances, now.nowMs).add(instance.id);
      const held = await rows.leases(claims.map(({ window }) => window.key));
      const mayGrant = rulesVersion === now.rulesVersion;
      const changed: LeaseRow[] = [];
      const grants: LeaseGrant[] = [];
      for (const claim of claims) {
        const { window } = claim;
        const there = held.filter((row) => overlaps(row, window));
        const before = there.find((row) => row.instance === instance.id && row.startMs === window.startMs);
        const adopted = before === undefined ? await this.#adopt(rows, window, instance.id, there) : null;
        const rest = adopted === null ? there : there.filter((row) => row.instance !== NOBODY);
        const others = [...rest.filter((row) => row !== before), ...(adopted === null ? [] : [adopted])];
        const row = leaseFor(claim, before, others, mayGrant, alive.size, instance.id);
        changed.push(...(adopted === null ? [] : [adopted]), row);
        grants.push({
          key: window.key,
          startMs: window.startMs,
          grantedNanoUsd: row.grantedNanoUsd,
          others: sumOf(others, alive),
          isWanted: isWanted(window, row, others, alive),
          isUnmet: row.isUnmet,
        });
      }
      await rows.putLeases(changed);
      return { isSuperseded: false, ...now, grants };
    });
  }

  runOf(instanceId: string): Promise<string | null> {
    return this.#store.transaction(async (rows) => {
      const row = (await rows.instances()).find(({ id }) => id === instanceId);
      return row === undefined || row.isStopped ? null : row.run;
    });
  }

  releaseEnded(instanceId: string, run: string): Promise<void> {
    return this.#store.transaction(async (rows) => {
      const { nowMs } = await rows.now();
      const ended = (await rows.instances()).find(({ id }) => id === instanceId);
      // Another process has come since, and has leases of its own.
      if (ended === undefined || ended.run !== run) return;
      await rows.putInstance({ ...ended, isStopped: true });
      for (const window of await rows.windows()) {
        if (window.endMs <= nowMs) continue;
        const spent = await rows.spentBy(window);
        const own = spent.find(({ instance }) => instance === instanceId)?.nanoUsd ?? 0;
        const row = (await rows.leases([window.key])).find(
          (each) => each.startMs === window.startMs && each.instance === instanceId,
        );
        if (row === undefined && own === 0) continue;
        await rows.putLeases([
          {
            ...(row ?? { ...NOTHING, ...boundsOf(window), instance: instanceId }),
            ...{ spentNanoUsd: own, reservedNanoUsd: 0, grantedNanoUsd: own, isUnmet: false },
          },
        ]);
      }
    });
  }

  instances(): Promise<readonly InstanceFacts[]> {
    return this.#store.transaction(async (rows) => {
      const { nowMs } = await rows.now();
      const windows = (await rows.windows()).filter(({ endMs }) => endMs > nowMs);
      const leases = await rows.leases([...new Set(windows.map(({ key }) => key))]);
      const isOpen = (row: LeaseRow): boolean =>
        windows.some(({ key, startMs }) => key === row.key && startMs === row.startMs);
      return (await rows.instances())
        .filter(({ isStopped, seenAtMs }) => !isStopped || nowMs - seenAtMs < LISTED_MS)
        .map((row) => ({
          ...{ id: row.id, host: row.host, version: row.version },
          ...{ startedAtMs: row.startedAtMs, seenAtMs: row.seenAtMs, state: stateOf(row, nowMs) },
          leases: leases
            .filter((lease) => lease.instance === row.id && isOpen(lease))
            .map((lease) => ({
              budgetId: budgetIdOf(lease.key),
              periodStartMs: lease.startMs,
              grantedNanoUsd: lease.grantedNanoUsd,
              spentNanoUsd: lease.spentNanoUsd,
              reservedNanoUsd: lease.reservedNanoUsd,
            })),
        }));
    });
  }

  /** The first look of an instance at a period: what was spent by whoever holds no lease on it, or holds less. */
  async #adopt(
    rows: LeaseRows,
    window: LeaseWindow,
    instance: string,
    there: readonly LeaseRow[],
  ): Promise<LeaseRow> {
    if (!there.some((row) => row.startMs === window.startMs)) {
      const { nowMs } = await rows.now();
      await rows.putWindow(window);
      await rows.forgetBefore(nowMs - FORGOTTEN_AFTER_MS);
    }
    const holders = new Set(there.map((row) => row.instance)).add(instance);
    holders.delete(NOBODY);
    const spent = (await rows.spentBy(window))
      .filter((each) => !holders.has(each.instance))
      .reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
    return { ...NOTHING, ...boundsOf(window), instance: NOBODY, spentNanoUsd: spent, grantedNanoUsd: spent };
  }
}

const NOTHING = {
  ...{ spentNanoUsd: 0, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 },
  ...{ grantedNanoUsd: 0, isUnmet: false },
};

/** The heart of it: a lease grows only by what no other lease holds. */
function leaseFor(
  claim: LeaseClaim,
  before: LeaseRow | undefined,
  others: readonly LeaseRow[],
  mayGrant: boolean,
  instances: number,
  instance: string,
): LeaseRow {
  const { window, spentNanoUsd, reservedNanoUsd, unpricedRequests, overrunNanoUsd } = claim;
  const used = spentNanoUsd + reservedNanoUsd;
  // What it let through is let through, whatever was granted: then others get less.
  const kept = Math.max(used, Math.min(claim.keptNanoUsd, before?.grantedNanoUsd ?? 0));
  const more =
    window.limitNanoUsd === null || !mayGrant
      ? 0
      : grantOf(claim, window.limitNanoUsd - kept - heldBy(others), kept - used, instances);
  return {
    ...{ ...boundsOf(window), instance },
    ...{ spentNanoUsd, reservedNanoUsd, unpricedRequests, overrunNanoUsd },
    grantedNanoUsd: kept + more,
    isUnmet: claim.neededNanoUsd > kept - used + more,
  };
}

/** Of what is free, what waits first; beyond that a share, which shrinks to nothing as the end comes near. */
function grantOf(claim: LeaseClaim, free: NanoUsd, surplus: NanoUsd, instances: number): NanoUsd {
  if (free <= 0) return 0;
  const missing = Math.max(0, claim.neededNanoUsd - surplus);
  const least = Math.max(0, claim.leastNanoUsd - surplus);
  const now = least > free ? 0 : Math.min(free, missing);
  if (now < missing) return now;
  const share = Math.floor((free - now) / (2 * instances));
  return now + Math.max(0, Math.min(share, claim.neededNanoUsd + claim.aheadNanoUsd - surplus - now));
}

/** Whether others wait for money, or more is leased than a limit allows that was lowered. */
function isWanted(
  { limitNanoUsd: limit }: LeaseWindow,
  row: LeaseRow,
  others: readonly LeaseRow[],
  alive: ReadonlySet<string>,
): boolean {
  if (limit === null) return false;
  if (heldBy(others) + row.grantedNanoUsd > limit) return true;
  return others.some(({ isUnmet, instance }) => isUnmet && alive.has(instance));
}

/**
 * Instances whose zones differ see other periods of a budget. Whatever of a lease may fall into a period counts in it; of
 * what nobody holds there is one sum for each.
 */
function overlaps(row: LeaseRow, { key, startMs, endMs }: LeaseWindow): boolean {
  if (row.key !== key) return false;
  return row.instance === NOBODY ? row.startMs === startMs : row.startMs < endMs && startMs < row.endMs;
}

const boundsOf = ({ key, startMs, endMs }: Window) => ({ key, startMs, endMs });

const heldBy = (rows: readonly LeaseRow[]): NanoUsd => rows.reduce((sum, row) => sum + row.grantedNanoUsd, 0);

function sumOf(rows: readonly LeaseRow[], alive: ReadonlySet<string>): LeaseFigures {
  const isAlive = ({ instance }: LeaseRow): boolean => alive.has(instance);
  const sum = (figure: (row: LeaseRow) => number): number => rows.reduce((all, row) => all + figure(row), 0);
  return {
    spentNanoUsd: sum((row) =>
      isAlive(row) ? row.spentNanoUsd : Math.max(row.grantedNanoUsd, row.spentNanoUsd),
    ),
    reservedNanoUsd: sum((row) => (isAlive(row) ? row.reservedNanoUsd : 0)),
    unpricedRequests: sum((row) => row.unpricedRequests),
    overrunNanoUsd: sum((row) => row.overrunNanoUsd),
  };
}

function aliveAt(rows: readonly InstanceRow[], nowMs: number): Set<string> {
  return new Set(rows.filter((row) => stateOf(row, nowMs) === 'running').map(({ id }) => id));
}

function stateOf({ isStopped, seenAtMs }: InstanceRow, nowMs: number): InstanceFacts['state'] {
  if (isStopped) return 'stopped';
  return nowMs - seenAtMs < SILENT_AFTER_MS ? 'running' : 'silent';
}

const budgetIdOf = (key: string): string => key.split('/')[0] ?? key;

function copied({ id, host }: InstanceRow): TokenWatchError {
  return new TokenWatchError(
    'folder_in_use',
    `An instance with the id ${id} of this data folder runs on ${host}: the folder was copied. Give each proxy a folder of its own, or delete the file "instance" in the copy.`,
  );
}
