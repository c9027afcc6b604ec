// Keeps one instance's leases fresh: exchanges what is to be told and asked about once a second, at once where a
// request waits for it, and never for each request. While the database does not answer, the ledger is told so.

import { RepeatedFault } from '../../core/repeated-fault.ts';
import type { PeriodSums } from '../account.ts';
import type { Ledger } from '../ledger.ts';
import type { LeaseHand } from './lease-hand.ts';
import type { InstanceName, LeaseAnswer, LeaseBank } from './lease-ports.ts';
import type { SharedClock } from './shared-clock.ts';

export interface LeaseKeeperOptions {
  readonly bank: LeaseBank;
  readonly ledger: Ledger;
  readonly hand: LeaseHand;
  readonly clock: SharedClock;
  readonly instance: InstanceName;
  /** Whether requests go on while it is away, beyond what was leased. */
  readonly offline: 'block' | 'allow';
  readonly warn: (message: string) => void;
  /** Returns when every record that was settled before the call is in the store. */
  readonly drain: () => Promise<void>;
  /** The database follows other budgets than the ledger. */
  readonly onNewRules: () => void;
}

export interface LeaseStatus {
  readonly instance: string;
  /** `away`: the database does not answer. `superseded`: another process has the id of this one's folder. */
  readonly state: 'held' | 'away' | 'superseded';
  readonly exchanges: number;
  /** Since the database answered last; null where it never did. */
  readonly silentMs: number | null;
}

const EVERY_MS = 1000;
/** An answer that takes longer is waited for as one that never comes. */
const AWAY_AFTER_MS = 2000;
const RETRY_MS = 500;
/** Requests that come together are told of together. */
const GATHER_MS = 5;
/** Where more is wanted ahead, and nothing waits. */
const LOW_MS = 100;
/** Where there was not enough: asked again, more and more rarely. */
const UNMET_MS = 50;
const UNMET_MAX_MS = 250;
/** How the members of budgets stand over all instances is asked so often: for people. */
const FIGURES_MS = 5000;
/** The last one, at the end, does not hold up the end for longer. */
const LAST_MS = 2000;

export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #fault: RepeatedFault;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #running: Promise<void> | null = null;
  #isRegistered = false;
  #isClosed = false;
  #isAway = false;
  #unmet = 0;
  #exchanges = 0;
  #heardMs: number | null = null;
  #rulesTold: number | null = null;
  #isDraining = false;
  #toDrop: readonly PeriodSums[] = [];
  #figuresMs = Number.NEGATIVE_INFINITY;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    const then = options.offline === 'allow' ? 'requests pass' : 'requests are refused';
    this.#fault = new RepeatedFault(options.warn, {
      first: (reason) =>
        `Hard budgets go on within what this instance has leased; beyond that ${then}, until the database answers (${reason}).`,
      over: 'The database that shares out the hard budgets answers again.',
    });
    options.ledger.slices.onShort = (isMissed) => this.#due(isMissed ? this.#patience() : LOW_MS);
  }

  /** Registers the instance where the database answers. Throws where its id is another's. */
  async start(): Promise<void> {
    try {
      await this.#register();
    } catch (error) {
      if ((error as { code?: string }).code === 'folder_in_use') throw error;
      this.#away(error);
    }
  }

  /** Looks at once, and goes on: the ledger's budgets are in force. */
  async follow(): Promise<void> {
    await this.#exchange(false);
    this.#due(EVERY_MS);
  }

  status(): LeaseStatus {
    const { hand, instance, clock } = this.#options;
    const state = hand.isSuperseded ? 'superseded' : this.#isAway ? 'away' : 'held';
    const silentMs = this.#heardMs === null ? null : clock.monotonicMs() - this.#heardMs;
    return { instance: instance.id, state, exchanges: this.#exchanges, silentMs };
  }

  /** Gives back what was not spent, where the database can be told. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
    if (this.#isAway || !this.#isRegistered) return;
    const timer = Promise.withResolvers<void>();
    const handle = setTimeout(timer.resolve, LAST_MS);
    // What it holds of members' budgets is free once all its records are in.
    const isDrained = this.#options.drain().then(
      () => true,
      () => false,
    );
    const last = isDrained.then((areRecordsIn) => this.#exchange(true, areRecordsIn));
    await Promise.race([last, timer.promise]);
    clearTimeout(handle);
  }

  #patience(): number {
    return Math.max(GATHER_MS, Math.min(UNMET_MAX_MS, this.#unmet * UNMET_MS));
  }

  #due(inMs: number): void {
    const atMs = this.#options.clock.monotonicMs() + inMs;
    if (this.#isClosed || atMs >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = atMs;
    this.#timer = setTimeout(() => this.#turn(), inMs).unref();
  }

  #turn(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    // One at a time; the next is due when this one has ended.
    if (this.#running !== null) return;
    const running = this.#exchange(false).then(() => {
      this.#running = null;
      void this.#lookAtMembers();
      void this.#drainForDrop();
      this.#due(this.#isAway ? RETRY_MS : this.#unmet > 0 ? this.#patience() : EVERY_MS);
    });
    this.#running = running;
  }

  async #register(): Promise<void> {
    const { bank, instance, clock } = this.#options;
    const askedMs = clock.monotonicMs();
    const { nowMs } = await bank.registerInstance(instance);
    clock.hear(nowMs, askedMs);
    this.#heardMs = clock.monotonicMs();
    this.#isRegistered = true;
  }

  /** Never throws. */
  async #lookAtMembers(): Promise<void> {
    const { bank, hand, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (this.#isAway || nowMs - this.#figuresMs < FIGURES_MS) return;
    const asks = hand.membersAsks();
    if (asks.length === 0) return;
    this.#figuresMs = nowMs;
    // What is not told now is told by the next look.
    const figures = await bank.memberFigures(asks).catch(() => []);
    hand.hearMembers(asks, figures);
  }

  /** Members whose leases are to be dropped wait until what is recorded of them is in the database. */
  async #drainForDrop(): Promise<void> {
    if (this.#isDraining || this.#isAway) return;
    const members = this.#options.hand.toDrop();
    if (members.length === 0) return;
    this.#isDraining = true;
    await this.#options.drain().then(
      () => {
        this.#toDrop = members;
      },
      // Another time, then.
      () => undefined,
    );
    this.#isDraining = false;
  }

  /** Never throws. */
  async #exchange(isLast: boolean, areRecordsIn = false): Promise<void> {
    const { bank, hand, clock } = this.#options;
    if (hand.isSuperseded) return;
    const overdue = setTimeout(() => this.#away(`no answer within ${AWAY_AFTER_MS / 1000} s`), AWAY_AFTER_MS);
    try {
      if (!this.#isRegistered) await this.#register();
      const dropped = this.#toDrop;
      this.#toDrop = [];
      const askedMs = clock.monotonicMs();
      this.#exchanges += 1;
      const answer = await bank.exchangeLeases(hand.ask(isLast, dropped, areRecordsIn));
      this.#heardMs = clock.monotonicMs();
      this.#hear(answer, askedMs);
    } catch (error) {
      this.#away(error);
    } finally {
      clearTimeout(overdue);
    }
  }

  #hear(answer: LeaseAnswer, askedMs: number): void {
    const { hand, clock, warn, instance, onNewRules, ledger } = this.#options;
    if (this.#isAway) {
      this.#isAway = false;
      ledger.turnOffline(false, false);
      this.#fault.over();
    }
    this.#unmet = hand.take(answer) ? this.#unmet + 1 : 0;
    if (answer.isSuperseded) {
      warn(
        `Another process has taken over the instance ${instance.id} of this data folder. This one lets nothing more through that a hard budget limits.`,
      );
      return;
    }
    clock.hear(answer.nowMs, askedMs);
    if (this.#rulesTold !== answer.rulesVersion) onNewRules();
    this.#rulesTold = answer.rulesVersion;
  }

  #away(error: unknown): void {
    this.#fault.met(error);
    if (this.#isAway) return;
    this.#isAway = true;
    const { ledger, offline } = this.#options;
    ledger.turnOffline(true, offline === 'allow');
  }
}
