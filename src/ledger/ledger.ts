// The reservation ledger: money is set aside against every matching budget before a request leaves, all at
// once or not at all, and turned into spending when the request's cost is known. In memory and synchronous,
// so that no two requests can read the same remainder. A request is paid by the period in which it reserved.

import { LinkedSet } from '../core/linked-set.ts';
import type { ModelCost } from '../core/model-costs.ts';
import { assertNanoUsd, type NanoUsd } from '../core/money.ts';
import {
  BudgetAccount,
  type BudgetStanding,
  type PeriodSums,
  standingOf,
  type ThresholdCrossing,
  withReserved,
} from './account.ts';
import { addBaselines } from './baselines.ts';
import { type Kill, sameMoney } from './budget.ts';
import { chargeEach } from './charged-sums.ts';
import { blocksUnknown, leastShareLeft, uncountedIn } from './hard-budgets.ts';
import { Holds } from './holds.ts';
import { holdsFor, KillSwitches } from './kills/kill-switches.ts';
import { leaseKeyOf } from './leases/lease-key.ts';
import type { LeaseFigures } from './leases/lease-ports.ts';
import { Slices } from './leases/slices.ts';
import type {
  Assessment,
  LedgerConfiguration,
  LedgerOptions,
  PriceQuestion,
  ReserveAnswer,
  ReserveRequest,
} from './ledger-questions.ts';
import { exceededBy, heldOf, knownRoomOf, mostUsed, roomOf, unspentOf } from './matched-budgets.ts';
import { adopt, matcherOf, queryFor } from './new-accounts.ts';
import type { SpendQuery, SpentSoFar } from './ports.ts';
import type { BudgetRefusal } from './refusal.ts';
import { Reservation } from './reservation.ts';
import type { RequestFacets } from './scope-matcher.ts';
import { marksOf, type SpentMark } from './spent-marks.ts';

export class Ledger {
  /** Told when there may be room that was not there before. */
  onRoom: (() => void) | null = null;
  readonly slices: Slices;
  readonly holds = new Holds();
  /** What was spent before is not known, and hard budgets are not to be spent again: they refuse. */
  isUncounted = false;
  readonly #options: LedgerOptions;
  readonly #open = new LinkedSet<Reservation>();
  #accounts: readonly BudgetAccount[] = [];
  #matcher = matcherOf([]);
  readonly #kills = new KillSwitches();
  /** The ledger's time never goes back, so a period that has ended stays ended when the clock is corrected. */
  #lastMs = 0;
  /** When a raise of a budget begins or ends next. */
  #limitTurnsMs = Number.POSITIVE_INFINITY;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.slices = new Slices(options.isLeased === true);
  }

  /** False where no budget and no kill switch is in force. */
  get limitsAnything(): boolean {
    return !this.#kills.isEmpty || this.#accounts.length > 0;
  }

  /** True where no budget and no kill switch can touch such a request: its cost need not be estimated. */
  ignores(facets: RequestFacets): boolean {
    return this.#kills.isEmpty && this.#matcher.matching(facets).isEmpty;
  }

  /** Every open reservation counts here, also one that no budget matches: a budget added later adopts it. */
  reserve(request: ReserveRequest): ReserveAnswer {
    const { id, facets } = request;
    const nowMs = this.#tick();
    const lent = this.holds.lendTo(request);
    const { sums, refusal, amount } = this.#weigh(request, nowMs);
    if (refusal !== null) {
      this.holds.takeBack(request, lent);
      this.slices.missed(refusal, sums, request.leastCostNanoUsd ?? request.worstCostNanoUsd ?? 1);
      return { reservation: null, refusal };
    }
    this.slices.take(sums, amount ?? 0);
    const reservation = new Reservation(id, facets, nowMs, amount, sums);
    this.#open.add(reservation);
    return { reservation, refusal: null, warning: mostUsed(sums) };
  }

  /** What `reserve` would answer. */
  assess(question: PriceQuestion): Assessment {
    const { facets } = question;
    const nowMs = this.#tick();
    const least = question.leastCostNanoUsd ?? question.worstCostNanoUsd ?? 1;
    const { sums, refusal: now, amount } = this.#weigh(question, nowMs);
    const refusal = this.slices.foreseen(now, sums, least);
    return {
      kills: this.#kills.matching(facets),
      budgets: this.#inForce(facets).map((account) => {
        const period = account.sumsOf(facets, nowMs);
        const each = this.#refusal([period], question, nowMs);
        return { ...standingOf(period), refuses: this.slices.foreseen(each, [period], least) !== null };
      }),
      refusal,
      warning: refusal === null ? withReserved(mostUsed(sums), amount ?? 0) : null,
      reservesNanoUsd: amount,
    };
  }

  /** What the scarcest hard budget of such a request still holds; Infinity without one. */
  room(facets: RequestFacets): NanoUsd {
    return knownRoomOf(this.#matcher.matching(facets).sumsOf(facets, this.#tick()));
  }

  /** The same, once everything has ended that is reserved, if it costs nothing. */
  roomOnceOthersEnd(facets: RequestFacets): NanoUsd {
    return unspentOf(this.#matcher.matching(facets).sumsOf(facets, this.#tick()));
  }

  /** Whether such a request spends what one of these places stands for: a budget, or somebody's part of one. */
  fallsUnder(facets: RequestFacets, ids: ReadonlySet<string>): boolean {
    return this.#inForce(facets).some((account) => ids.has(account.placeOf(facets)));
  }

  /** Where there is no room for a request now. */
  standsInTheWay({
    facets,
    worstCostNanoUsd: worst,
    leastCostNanoUsd: least,
  }: PriceQuestion): readonly string[] {
    const amount = least ?? worst ?? 1;
    return this.#matcher
      .matching(facets)
      .sumsOf(facets, this.#tick())
      .filter((period) => roomOf([period]) < amount)
      .map(({ account }) => account.placeOf(facets));
  }

  /**
   * Raises an open reservation to `amount` because the request turns out to cost more. Where a hard budget
   * does not hold that, it says so and reserves nothing, unless `force` takes the overrun.
   */
  extend(reservation: Reservation, amount: NanoUsd, force: boolean): BudgetRefusal | null {
    const more = amount - reservation.reservedNanoUsd;
    if (reservation.settled || more <= 0) return null;
    assertNanoUsd(amount);
    const refusal = force
      ? null
      : this.#exceeded(reservation.sums, more, this.#tick(), reservation.reservedNanoUsd);
    if (refusal !== null) {
      this.slices.missed(refusal, reservation.sums, more);
      return refusal;
    }
    reservation.reservedNanoUsd = amount;
    this.slices.take(reservation.sums, more);
    return null;
  }

  /** What the scarcest hard budget of an open reservation still has beside it. */
  roomBeside(reservation: Reservation): NanoUsd {
    return roomOf(reservation.sums);
  }

  /**
   * Raises an open reservation to `wanted`, or as far towards it as its hard budgets have room. Where they have not
   * even room for `needed`, it says so and reserves nothing.
   */
  grow(reservation: Reservation, needed: NanoUsd, wanted: NanoUsd): BudgetRefusal | null {
    assertNanoUsd(needed);
    const held = reservation.reservedNanoUsd;
    if (reservation.settled || wanted <= held) return null;
    const room = roomOf(reservation.sums);
    if (needed > held && needed - held > room) {
      const refusal = this.#exceeded(reservation.sums, needed - held, this.#tick(), held);
      this.slices.missed(refusal, reservation.sums, needed - held);
      return refusal;
    }
    const more = Math.min(wanted - held, Math.max(0, room));
    reservation.reservedNanoUsd += more;
    this.slices.take(reservation.sums, more);
    return null;
  }

  /** The leased budgets' periods now; those with an allowance for each by their wholes, which hold nothing. */
  leasedSums(): readonly PeriodSums[] {
    const nowMs = this.#tick();
    return this.#accounts.filter(({ leaseKey }) => leaseKey !== '').map((account) => account.sumsAt(nowMs));
  }

  /** What other instances have let through, and what this one may. */
  hear(sums: PeriodSums, others: LeaseFigures, sliceNanoUsd: NanoUsd): void {
    sums.sliceNanoUsd = sliceNanoUsd;
    this.#report(sums.account.hear(sums, others));
  }

  /** The database that gives out leases is away, or there again. `isLifted`: requests go on without it. */
  turnOffline(isOffline: boolean, isLifted: boolean): void {
    this.slices.turn(isOffline, isLifted);
    for (const account of this.#accounts) this.slices.applyTo(account);
    this.onRoom?.();
  }

  /**
   * Ends a reservation, exactly once: what was set aside is free again and `cost` is spent (0: released; null: unknown)
   * by the scopes of the models that were asked for and answered. `costs`: what each made, where it is known.
   */
  settle(
    reservation: Reservation,
    cost: NanoUsd | null,
    answeredBy: string | null = null,
    costs: readonly ModelCost[] = [{ model: answeredBy, nanoUsd: cost ?? 0, isUnknown: cost === null }],
  ): void {
    assertNanoUsd(cost ?? 0);
    if (reservation.settled || !this.#open.delete(reservation)) {
      throw new RangeError(`the reservation of request ${reservation.id} was settled before`);
    }
    reservation.close();
    const { reservedNanoUsd } = reservation;
    const overrun = cost === null ? 0 : Math.max(0, cost - (reservation.recordedNanoUsd ?? cost));
    this.slices.giveBack(reservation);
    chargeEach(this.#matcher, reservation, costs, this.#tick(), (period, nanoUsd, unknown, isOwn) => {
      this.slices.touch(period);
      period.unpricedRequests += unknown;
      if (isOwn) period.overrunNanoUsd += overrun;
      this.#report(period.account.spend(period, reservation.unpaid(period, nanoUsd)));
    });
    if (reservedNanoUsd > 0) this.onRoom?.();
  }

  /** Has an open one pay what it has come to, unbounded as it is; says so where a hard budget is used up by that. */
  pay(reservation: Reservation, costs: readonly ModelCost[]): BudgetRefusal | null {
    if (reservation.settled) return null;
    const [nowMs, charged]: [number, PeriodSums[]] = [this.#tick(), []];
    chargeEach(this.#matcher, reservation, costs, nowMs, (period, nanoUsd) => {
      const more = reservation.pay(period, nanoUsd);
      this.#report(period.account.spend(period, more));
      this.slices.took(period, more);
      charged.push(period);
    });
    return this.#exceeded(this.slices.usedUp(charged), null, nowMs);
  }

  /** Where each budget stands now. */
  standings(): readonly BudgetStanding[] {
    const nowMs = this.#tick();
    return this.#accounts.map((account) => account.standing(nowMs));
  }

  /** The smallest share that is left of the budgets that such a request falls under, 0 to 1; 1 without one. */
  shareLeft(facets: RequestFacets): number {
    const nowMs = this.#tick();
    return leastShareLeft(this.#inForce(facets).map((account) => account.sumsOf(facets, nowMs)));
  }

  /** What is left of the budget of that name, 0 to 1; null without one. */
  shareLeftOf(name: string): number | null {
    const account = this.#accounts.find((candidate) => candidate.budget.name === name);
    if (account === undefined) return null;
    const { remainingNanoUsd, limitNanoUsd } = account.standing(this.#tick());
    return remainingNanoUsd / limitNanoUsd;
  }

  marks(): readonly SpentMark[] {
    return marksOf(this.#accounts, this.#tick());
  }

  /**
   * Puts new budgets and kill switches into force; the latter stop matching requests in flight at once. A budget that
   * is new, or has another scope or period, is enforced when `load` has told what was spent before; until then the
   * earlier ones hold. `anew` counts everything from there. Not to be called again before it has returned.
   */
  async configure(
    next: LedgerConfiguration,
    load: (queries: readonly SpendQuery[]) => Promise<readonly SpentSoFar[]>,
    anew = false,
  ): Promise<void> {
    this.stop(next.kills);
    const isStart = this.#lastMs === 0;
    // By the shared database's clock, maybe, which was not heard before.
    if (anew && this.slices.areLeased) this.#lastMs = 0;
    const cutMs = this.#tick();
    const before = this.#accounts;
    const accounts = next.budgets.map((budget) => {
      const kept = anew ? undefined : before.find((account) => sameMoney(account.budget, budget));
      const key = this.slices.areLeased ? leaseKeyOf(budget, next.resets ?? 0) : '';
      return kept ?? new BudgetAccount(budget, this.#options.timeZone, cutMs, key);
    });
    for (const account of accounts) this.slices.applyTo(account);
    const added = accounts.filter((account) => !before.includes(account));
    const queries = added.map((account) => queryFor(account, this.#open, cutMs, isStart));
    // From here on the new accounts see every reservation, and none of those is in the loaded sums.
    this.#lastMs = cutMs + 1;
    this.#matcher = matcherOf([...before, ...added]);
    const addedSums = added.map((account) => adopt(account, this.#open, cutMs));
    for (const { sums } of this.#open) for (const period of sums) this.slices.touch(period);
    try {
      if (added.length > 0) addBaselines(addedSums, await load(queries));
    } catch (error) {
      this.#matcher = matcherOf(before);
      throw error;
    }
    this.#accounts = accounts;
    this.#matcher = matcherOf(accounts);
    for (const account of before) if (!accounts.includes(account)) account.retire();
    this.slices.forgetRetired();
    for (const [index, account] of accounts.entries()) {
      account.enforce(next.budgets[index]!, this.#lastMs);
      this.#report(account.crossings(this.#tick()));
    }
    this.#seeTurn();
    this.onRoom?.();
  }

  /** These kill switches and no others are in force; those that are new stop matching requests in flight. */
  stop(kills: readonly Kill[]): void {
    for (const kill of this.#kills.replace(kills)) {
      for (const reservation of [...this.#open]) {
        if (holdsFor(kill, reservation.facets)) reservation.cut({ code: 'budget_killed', kill });
      }
    }
  }

  /** The budgets that such a request falls under, and why they or a kill switch refuse it. Changes nothing. */
  #weigh(
    question: PriceQuestion,
    nowMs: number,
  ): {
    readonly sums: readonly PeriodSums[];
    readonly refusal: BudgetRefusal | null;
    readonly amount: NanoUsd | null;
  } {
    const { facets, worstCostNanoUsd: worst, leastCostNanoUsd: least = worst } = question;
    const [kill] = this.#kills.matching(facets);
    if (kill !== undefined) return { sums: [], refusal: { code: 'budget_killed', kill }, amount: null };
    if (worst !== null) assertNanoUsd(worst);
    const sums = this.#matcher.matching(facets).sumsOf(facets, nowMs);
    const refusal = this.#refusal(sums, question, nowMs);
    const holdsLess = refusal === null && worst !== null && least !== null && least < worst;
    return { sums, refusal, amount: holdsLess ? heldOf(sums, least, worst) : worst };
  }

  #refusal(
    sums: readonly PeriodSums[],
    { worstCostNanoUsd: worst, leastCostNanoUsd: least, subject }: PriceQuestion,
    atMs: number,
  ): BudgetRefusal | null {
    const amount = least ?? worst;
    if (amount === 0) return null;
    const blocking =
      amount === null ? sums.find((period) => blocksUnknown(period, this.#options.unknownPrice)) : undefined;
    if (blocking !== undefined)
      return { code: 'budget_unknown_price', standing: standingOf(blocking), subject };
    const uncounted = this.isUncounted ? uncountedIn(sums, amount, atMs, this.#options.timeZone) : null;
    return uncounted ?? this.#exceeded(sums, amount, atMs);
  }

  #exceeded(
    sums: readonly PeriodSums[],
    amount: NanoUsd | null,
    atMs: number,
    held: NanoUsd = 0,
  ): BudgetRefusal | null {
    // Without a price, one nano-dollar stands for "not nothing": a budget that is used up refuses it.
    const exceeded = exceededBy(sums, amount ?? 1);
    if (exceeded === null) return null;
    const { timeZone } = this.#options;
    const code = this.slices.whyNot(sums, (amount ?? 1) + held);
    return { code, standing: standingOf(exceeded), askedNanoUsd: amount, atMs, timeZone };
  }

  #report(crossings: readonly ThresholdCrossing[]): void {
    for (const crossing of crossings) {
      if (crossing.budget.webhookUrl !== null) this.#options.onThreshold(crossing);
    }
  }

  /** The budgets of such a request whose spending is known. */
  #inForce(facets: RequestFacets): readonly BudgetAccount[] {
    return this.#matcher.matching(facets).accounts.filter((account) => account.isInForce);
  }

  #tick(): number {
    this.#lastMs = Math.max(this.#lastMs, this.#options.clock.now());
    if (this.#lastMs >= this.#limitTurnsMs) this.#turnLimits();
    return this.#lastMs;
  }

  /** A raise of a budget has begun, or is over. */
  #turnLimits(): void {
    for (const account of this.#accounts) account.turnLimit(this.#lastMs);
    this.#seeTurn();
    this.onRoom?.();
  }

  #seeTurn(): void {
    const turns = this.#accounts.map((account) => account.limitTurnsMs);
    this.#limitTurnsMs = Math.min(Number.POSITIVE_INFINITY, ...turns);
  }
}
