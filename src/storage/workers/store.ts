// The server's side of a store: worker threads do the work, so that no query ever holds up traffic. One takes records
// in and answers what decisions ask; others answer reports, which may take their time.

import type { PromptArchive } from '../../archive/ports.ts';
import type { CacheEntries } from '../../cache/ports.ts';
import type { SemanticEntries } from '../../cache/semantic/ports.ts';
import type { Analytics } from '../../core/analytics.ts';
import type { Feedback } from '../../core/feedback.ts';
import type { RecordRetention } from '../../core/retention.ts';
import type { RuleBook } from '../../core/rule-book.ts';
import type { LeaseBank } from '../../ledger/leases/lease-ports.ts';
import type { BudgetBank } from '../../ledger/ports.ts';
import { type RoomName, roomsBy } from '../rooms.ts';
import type { Store, StoreFacts } from '../store.ts';
import { WorkerClient, type WorkerPlace } from './client.ts';
import { ReportThreads } from './report-threads.ts';

/** New lines are loaded at most this often. */
const NUDGE_MS = 150;
/** Calls of other rooms that sum up records. */
const REPORT_CALLS: ReadonlySet<string> = new Set(['cacheFacts', 'semanticFacts']);
/**
 * A database in another process answers several questions of a thread at a time, an embedded one has one to work on.
 */
const SHARED_REPORTS_AT_ONCE = 2;

export async function openWorkerStore(options: {
  readonly main: WorkerPlace;
  readonly reports: WorkerPlace;
  readonly warn: (message: string) => void;
  /** Others may work on the same database. */
  readonly isShared?: boolean;
}): Promise<Store> {
  const main = await WorkerClient.open(options.main, options.warn);
  try {
    // Second, for it reads what the first has made.
    const openReports = (): Promise<WorkerClient> => WorkerClient.open(options.reports, options.warn);
    const isShared = options.isShared === true;
    const reports = new ReportThreads({
      first: await openReports(),
      open: openReports,
      atOnce: isShared ? SHARED_REPORTS_AT_ONCE : 1,
      warn: options.warn,
    });
    return new WorkerStore(main, reports, isShared);
  } catch (error) {
    await main.close();
    throw error;
  }
}

class WorkerStore implements Store {
  readonly analytics: Analytics;
  readonly budgets: BudgetBank;
  readonly cache: CacheEntries;
  readonly semantic: SemanticEntries;
  readonly rules: RuleBook;
  readonly prompts: PromptArchive;
  readonly feedback: Feedback;
  readonly retention: RecordRetention;
  readonly leases: LeaseBank | null;
  readonly #main: WorkerClient;
  readonly #reports: ReportThreads;
  #nudge: NodeJS.Timeout | null = null;

  constructor(main: WorkerClient, reports: ReportThreads, isShared: boolean) {
    this.#main = main;
    this.#reports = reports;
    const isReport = (room: RoomName, call: string): boolean =>
      room === 'analytics' || REPORT_CALLS.has(call);
    const rooms = roomsBy(
      (room, call, parameters) => (isReport(room, call) ? reports : main).ask(room, call, parameters),
      isShared,
    );
    this.analytics = rooms.analytics;
    this.budgets = rooms.budgets;
    this.cache = rooms.cache;
    this.semantic = rooms.semantic;
    this.rules = rooms.rules;
    this.prompts = rooms.prompts;
    this.feedback = rooms.feedback;
    this.retention = rooms.retention;
    this.leases = rooms.leases;
  }

  nudge(): void {
    this.#nudge ??= setTimeout(() => {
      this.#nudge = null;
      this.#main.nudge();
    }, NUDGE_MS);
  }

  onHint(listener: (topic: string) => void): void {
    this.#main.hintListeners.add(listener);
  }

  load(): Promise<void> {
    return this.#main.ask('store', 'load');
  }

  reset(): Promise<number> {
    return this.#main.ask('store', 'reset');
  }

  facts(): Promise<StoreFacts> {
    return this.#reports.ask('store', 'facts');
  }

  async close(): Promise<void> {
    if (this.#nudge !== null) clearTimeout(this.#nudge);
    await this.#reports.close();
    await this.#main.close();
  }
}
