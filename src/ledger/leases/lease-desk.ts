// Where the instances of one database share out a hard budget, so that together they never let through more than its
// limit, without asking at each request (escrow).
//
// Each instance holds a lease on a budget's period: how much it may let through in that period, all in all. It only
// grows by a grant, which is given under a lock while the sum of all leases stays within the limit. An instance gives
// back by lowering its own mark first and telling afterwards. So at every moment each instance is within its mark, each
// mark within its lease, and the leases within the limit: a message that is lost, late or never sent changes nothing of
// that.
//
// No clock takes part: a lease does not expire. One who is not heard of may be paused, and wake up, and spend what it
// holds. Its lease is lowered by itself, or when its process has ended and all its records are in (`releaseEnded`).

import { TokenWatchError } from '../../core/errors.ts';
import { type Asker, grantFor, holdersOf, leaseFor, overlaps, spentRow } from './lease-grant.ts';
import { budgetKeyOfMember } from './lease-key.ts';
import type {
  InstanceFacts,
  InstanceName,
  LeaseAnswer,
  LeaseAsk,
  LeaseBank,
  LeaseClaim,
  LeaseGrant,
  LeaseWindow,
  MemberFigures,
  MembersAsk,
} from './lease-ports.ts';
import {
  type HeldSums,
  type InstanceRow,
  type LeaseRow,
  type LeaseRows,
  type LeaseStore,
  NOBODY,
  type Served,
  type Window,
} from './lease-store.ts';
import { adoptMembers, settleMembers } from './member-desk.ts';

/** Not heard of for so long, an instance counts as ended for what others are told. Nothing is taken from it. */
const SILENT_AFTER_MS = 10_000;
/** Leases of periods that ended so long ago are forgotten. */
const FORGOTTEN_AFTER_MS = 7 * 24 * 3_600_000;
/** For people: an instance that stopped so long ago is not listed. */
const LISTED_MS = 24 * 3_600_000;

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

  exchangeLeases(ask: LeaseAsk): Promise<LeaseAnswer> {
    const { instance, rulesVersion, areRecordsIn, isLast } = ask;
    // Whoever has no budgets from the store does not know what its own earlier processes spent either: by what it told,
    // their lease would be free.
    const claims = rulesVersion === null ? [] : ask.claims;
    return this.#store.transaction(async (rows): Promise<LeaseAnswer> => {
      const now = await rows.now();
      const instances = await rows.instances();
      const mine = instances.find(({ id }) => id === instance.id);
      if (mine === undefined || mine.run !== instance.run) return { isSuperseded: true };
      await rows.putInstance({ ...mine, seenAtMs: now.nowMs, isStopped: isLast });
      const alive = aliveAt(instances, now.nowMs).add(instance.id);
      if (areRecordsIn && rulesVersion !== null) {
        const claimed = new Set(claims.map(({ window }) => window.key));
        const isOwn = (row: LeaseRow): boolean => row.instance === instance.id && !claimed.has(row.key);
        // One that lives has told of all that it spent; of an earlier one that was killed, only the records may tell.
        await this.#settleAllMembers(rows, now.nowMs, isOwn, isLast);
      }
      const mayGrant = rulesVersion === now.rulesVersion;
      const grants = await this.#serve(rows, claims, { mayGrant, alive, instance: instance.id, ...now });
      const unmet = ask.holdsMembers ? await rows.unmet() : [];
      const wanted = unmet.filter(
        (place) =>
          budgetKeyOfMember(place.key) !== '' && place.instance !== instance.id && alive.has(place.instance),
      );
      return { isSuperseded: false, ...now, grants, wanted };
    });
  }

  async #serve(rows: LeaseRows, claims: readonly LeaseClaim[], at: ServedAt): Promise<readonly LeaseGrant[]> {
    if (claims.length === 0) return [];
    const held = Map.groupBy(await rows.leases(claims.map(({ window }) => window.key)), ({ key }) => key);
    const served = claims.map((claim): Served => {
      const { window } = claim;
      const there = (held.get(window.key) ?? []).filter((row) => overlaps(row, window));
      const before = there.find((row) => row.instance === at.instance && row.startMs === window.startMs);
      return { claim, there, before };
    });
    const done = served.filter(({ claim, before }) => claim.isDone && before !== undefined);
    const asking = served.filter(({ claim }) => !claim.isDone);
    const adopted = await this.#adopt(rows, asking, at);
    const changed: LeaseRow[] = [...adopted.values()];
    const grants = asking.map(({ claim, there, before }) => {
      const { window } = claim;
      const nobody = adopted.get(window);
      const rest = nobody === undefined ? there : there.filter((row) => row.instance !== NOBODY);
      const others = [...rest.filter((row) => row !== before), ...(nobody === undefined ? [] : [nobody])];
      const row = leaseFor(at, claim, before, others);
      changed.push(row);
      return grantFor(window, row, others, at.alive);
    });
    await rows.putLeases(changed);
    const groups = Map.groupBy(done, ({ claim }) => claim.window.member?.budgetKey);
    for (const some of groups.values()) {
      const { window } = (some[0] as Served).claim;
      const own = new Set(some.map(({ before }) => before));
      const all = some.flatMap(({ claim }) => held.get(claim.window.key) ?? []);
      await settleMembers(rows, budgetWindow(window), all, (row) => own.has(row));
    }
    return grants;
  }

  /** First looks of an instance: what was spent by whoever holds no lease there, or holds less. */
  async #adopt(
    rows: LeaseRows,
    served: readonly Served[],
    { instance, nowMs }: ServedAt,
  ): Promise<ReadonlyMap<LeaseWindow, LeaseRow>> {
    const first = served.filter(({ before }) => before === undefined);
    const adopted = new Map<LeaseWindow, LeaseRow>();
    for (const { claim, there } of first) {
      const { window } = claim;
      if (window.member !== null) continue;
      if (!there.some((row) => row.startMs === window.startMs))
        await begin(rows, budgetWindow(window), nowMs);
      const holders = holdersOf(there).add(instance);
      const spent = (await rows.spentBy(budgetWindow(window)))
        .filter((each) => !holders.has(each.instance))
        .reduce((sum, { nanoUsd }) => sum + nanoUsd, 0);
      adopted.set(window, spentRow(window, NOBODY, spent, null));
    }
    const members = Map.groupBy(
      first.filter(({ claim }) => claim.window.member !== null),
      ({ claim: { window } }) => `${window.member?.budgetKey} ${window.startMs}`,
    );
    for (const some of members.values()) {
      const window = budgetWindow((some[0] as Served).claim.window);
      await begin(rows, window, nowMs);
      for (const [each, row] of await adoptMembers(rows, window, some, instance)) adopted.set(each, row);
    }
    return adopted;
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
        if (window.endMs <= nowMs || window.per !== null) continue;
        const spent = await rows.spentBy(window);
        const own = spent.find(({ instance }) => instance === instanceId)?.nanoUsd ?? 0;
        const row = (await rows.leases([window.key])).find(
          (each) => each.startMs === window.startMs && each.instance === instanceId,
        );
        if (row === undefined && own === 0) continue;
        await rows.putLeases([
          {
            ...(row ?? spentRow(window, instanceId, own, null)),
            ...{ spentNanoUsd: own, reservedNanoUsd: 0, grantedNanoUsd: own, isUnmet: false },
          },
        ]);
      }
      await this.#settleAllMembers(rows, nowMs, (row) => row.instance === instanceId, false);
    });
  }

  /** Drops leases on members whose instance has all its records in. `onlyTheirs`: no other member is looked at. */
  async #settleAllMembers(
    rows: LeaseRows,
    nowMs: number,
    isDropped: (row: LeaseRow) => boolean,
    onlyTheirs: boolean,
  ): Promise<void> {
    const open = (await rows.windows()).filter(({ per, endMs }) => per !== null && endMs > nowMs);
    for (const window of new Map(open.map((each) => [each.key, each])).values()) {
      const all = (await rows.memberLeases(window.key)).filter(({ endMs }) => endMs > nowMs);
      const theirs = new Set(all.filter(isDropped).map(({ key }) => key));
      const some = onlyTheirs ? all.filter(({ key }) => theirs.has(key)) : all;
      await settleMembers(rows, window, some, isDropped);
    }
  }

  async memberFigures(asks: readonly MembersAsk[]): Promise<readonly MemberFigures[]> {
    const answers: MemberFigures[] = [];
    for (const ask of asks) answers.push(await this.#store.memberFigures(ask));
    return answers;
  }

  instances(): Promise<readonly InstanceFacts[]> {
    return this.#store.transaction(async (rows) => {
      const { nowMs } = await rows.now();
      const windows = (await rows.windows()).filter(({ endMs }) => endMs > nowMs);
      const wholes = await rows.leases([...new Set(windows.map(({ key }) => key))]);
      const leases: HeldSums[] = [...wholes];
      for (const window of windows) if (window.per !== null) leases.push(...(await rows.memberSums(window)));
      const isOpen = (row: HeldSums): boolean =>
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
}

interface ServedAt extends Asker {
  readonly nowMs: number;
}

/** A period that nobody has looked at. */
async function begin(rows: LeaseRows, window: Window, nowMs: number): Promise<void> {
  if (await rows.putWindow(window)) await rows.forgetBefore(nowMs - FORGOTTEN_AFTER_MS);
}

function budgetWindow({ key, startMs, endMs, scope, member }: LeaseWindow): Window {
  return { key: member?.budgetKey ?? key, startMs, endMs, scope, per: member?.per ?? null };
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
