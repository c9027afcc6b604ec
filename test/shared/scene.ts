// Three proxies on one PostgreSQL, two of them with clocks that are an hour wrong, and clients that race for what a budget
// has. What happens to them follows what was seen to happen, not the time.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/core/clock.ts';
import { BudgetBook } from '../../src/ledger/book/budget-book.ts';
import type { BudgetRequest } from '../../src/ledger/book/budget-request.ts';
import { visitStore } from '../../src/storage/registry.ts';
import { Chance } from '../faults/run/chance.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type CountingUpstream, startCountingUpstream } from './counting-upstream.ts';
import { load, type Question, type Tally } from './race.ts';
import { type ProxyProcess, startProxy } from './start-proxy.ts';

const HOUR_MS = 3_600_000;
const CLOCKS_MS = [0, -HOUR_MS, HOUR_MS] as const;
const STEP_MS = 60_000;
const POLL_MS = 5;

/** In which it is shortly after midnight: a clock that is an hour behind lives in another day. */
function zoneAfterMidnight(): string {
  const hour = new Date().getUTCHours();
  return hour <= 12 ? `Etc/GMT+${hour}` : `Etc/GMT-${24 - hour}`;
}

export interface SceneOptions {
  /** Of PostgreSQL's programs. */
  readonly folder: string;
  readonly seed: number;
  readonly clientsEach: number;
  readonly pauseMs: number;
}

export class Scene {
  readonly postgres: PostgresServer;
  readonly upstream: CountingUpstream;
  readonly chance: Chance;
  readonly tallies: readonly Tally[] = CLOCKS_MS.map(() => ({ sent: 0, answered: 0, statuses: new Map() }));
  readonly environments: readonly Readonly<Record<string, string>>[];
  readonly #options: SceneOptions;
  readonly #folders: readonly string[];
  readonly #timeZone = zoneAfterMidnight();
  readonly #proxies: ProxyProcess[] = [];
  #clients: readonly Promise<void>[] = [];
  #isOver = false;
  #question: () => Question = () => ({ prompt: 'hi', tokens: this.chance.from(5, 25), session: null });

  static async open(options: SceneOptions): Promise<Scene> {
    const chance = new Chance(options.seed);
    const [postgres, upstream] = await Promise.all([
      startPostgres(options.folder),
      startCountingUpstream(() => chance.from(5, 30)),
    ]);
    return new Scene(options, postgres, upstream, chance);
  }

  private constructor(
    options: SceneOptions,
    postgres: PostgresServer,
    upstream: CountingUpstream,
    chance: Chance,
  ) {
    this.#options = options;
    this.postgres = postgres;
    this.upstream = upstream;
    this.chance = chance;
    this.#folders = CLOCKS_MS.map(() => mkdtempSync(join(tmpdir(), 'tokenwatch-shared-')));
    this.environments = this.#folders.map((dataDir) => ({
      TOKENWATCH_DATA_DIR: dataDir,
      TOKENWATCH_DATABASE_URL: postgres.url,
      TOKENWATCH_OPENAI_URL: upstream.url,
      TOKENWATCH_BUDGET_TIMEZONE: this.#timeZone,
      TOKENWATCH_BUDGET_WAIT: '500ms',
    }));
  }

  get store() {
    const { TOKENWATCH_DATA_DIR, TOKENWATCH_DATABASE_URL } = this.environments[0] as Record<string, string>;
    return {
      TOKENWATCH_DATA_DIR: String(TOKENWATCH_DATA_DIR),
      TOKENWATCH_DATABASE_URL: String(TOKENWATCH_DATABASE_URL),
    };
  }

  async setBudget(budget: BudgetRequest): Promise<void> {
    const visit = await visitStore(this.store, 'create');
    const book = new BudgetBook({ bank: visit.budgets, clock: systemClock, timeZone: this.#timeZone });
    await book.set({ period: 'daily', ...budget });
    await visit.close();
  }

  /** Starts the proxies, and the clients of each. */
  async begin(): Promise<void> {
    this.#proxies.push(
      ...(await Promise.all(this.environments.map((each, index) => startProxy(each, CLOCKS_MS[index])))),
    );
    const { clientsEach, pauseMs } = this.#options;
    this.#clients = this.tallies.flatMap((tally, index) =>
      Array.from({ length: clientsEach }, () =>
        load(
          () => this.#proxy(index),
          () => this.#isOver,
          () => this.#question(),
          tally,
          pauseMs,
        ),
      ),
    );
  }

  /** What clients ask from now on. */
  ask(question: () => Question): void {
    this.#question = question;
  }

  async kill(index: number): Promise<void> {
    await this.#proxy(index).kill();
  }

  async start(index: number): Promise<void> {
    this.#proxies[index] = await startProxy(this.environments[index] ?? {}, CLOCKS_MS[index]);
  }

  freeze(index: number): void {
    this.#proxy(index).child.kill('SIGSTOP');
  }

  thaw(index: number): void {
    this.#proxy(index).child.kill('SIGCONT');
  }

  /** So many more requests have reached the provider, or `isEnough`. */
  async letThrough(count: number, isEnough: () => boolean = () => false): Promise<void> {
    const to = this.upstream.costs.size + count;
    await this.#until(`${count} more let through`, () => this.upstream.costs.size >= to || isEnough());
  }

  /** So many more requests of one proxy's clients have ended, whatever came of them. */
  async ended(index: number, count: number): Promise<void> {
    const endedBy = (): number =>
      [...(this.tallies[index]?.statuses.values() ?? [])].reduce((a, b) => a + b, 0);
    const to = endedBy() + count;
    await this.#until(`${count} more of proxy ${index} ended`, () => endedBy() >= to);
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    await this.#until(what, isSo);
  }

  /** Ends clients and proxies, which write down what they know. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#proxies.map((proxy) => proxy.kill()));
    await this.upstream.close();
    await this.postgres.close();
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }

  get tally(): Tally {
    const statuses = new Map<string, number>();
    for (const tally of this.tallies)
      for (const [status, count] of tally.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count);
    const sum = (of: (tally: Tally) => number): number =>
      this.tallies.reduce((all, tally) => all + of(tally), 0);
    return { sent: sum(({ sent }) => sent), answered: sum(({ answered }) => answered), statuses };
  }

  #proxy(index: number): ProxyProcess {
    const proxy = this.#proxies[index];
    assert.ok(proxy !== undefined, `proxy ${index} was not started`);
    return proxy;
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    const endMs = performance.now() + STEP_MS;
    while (!isSo()) {
      assert.ok(performance.now() < endMs, `${what}: not within ${STEP_MS / 1000} s`);
      await sleep(POLL_MS);
    }
  }
}

/** Ever less of what is left, so that all of it is fought for. */
export function towardsTheEnd(chance: Chance, left: () => number): () => number {
  return () => 1 + Math.floor(chance.next() * Math.min(4000, Math.max(0, left()) / 600 / 8));
}

/** Two that ask most, and one that seldom does: the first two use up what each may spend before all have used up all. */
export const SESSIONS = ['busy', 'busier', 'seldom'] as const;

export function anySession(chance: Chance): string {
  const draw = chance.next();
  return SESSIONS[draw < 0.45 ? 0 : draw < 0.9 ? 1 : 2];
}
