// The server's side of the store: a worker thread does the work, so that no query ever holds up traffic.

import { Worker } from 'node:worker_threads';
import type { CacheEntries } from '../../cache/ports.ts';
import type { SemanticEntries } from '../../cache/semantic/ports.ts';
import type { Analytics } from '../../core/analytics.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { RuleBook } from '../../core/rule-book.ts';
import type { BudgetBank } from '../../ledger/ports.ts';
import type { StoreFacts } from './database.ts';
import type { SqliteQueries } from './queries.ts';

export type QueryName =
  | keyof SqliteQueries
  | keyof BudgetBank
  | keyof CacheEntries
  | keyof RuleBook
  | keyof SemanticEntries
  | 'load'
  | 'reset'
  | 'facts';

export type WorkerCall =
  | { readonly type: 'nudge' }
  | { readonly type: 'close' }
  | {
      readonly type: 'query';
      readonly id: number;
      readonly name: QueryName;
      readonly parameters: readonly unknown[];
    };

export type WorkerReply =
  | { readonly type: 'ready' }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly message: string };

/** New lines are loaded at most this often. */
const NUDGE_MS = 150;

export interface Store {
  readonly analytics: Analytics;
  readonly budgets: BudgetBank;
  readonly cache: CacheEntries;
  readonly semantic: SemanticEntries;
  readonly rules: RuleBook;
  /** There are new lines in the spool. */
  nudge(): void;
  /** Takes in every line that is in the spool by now; fails where the database takes none. */
  load(): Promise<void>;
  /** Deletes every ended record, and says how many there were. */
  reset(): Promise<number>;
  facts(): Promise<StoreFacts>;
  /** Loads what is left; the journal must be closed before. */
  close(): Promise<void>;
}

/** Opens the database of a data folder for a server. `owner` names this process's spool files. */
export async function openSqliteStore(options: {
  readonly dataDir: string;
  readonly owner: string;
  readonly warn: (message: string) => void;
}): Promise<Store> {
  // Beside this file: TypeScript in a clone, JavaScript in the package.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./store-worker.${extension}`, import.meta.url), {
    workerData: { dataDir: options.dataDir, owner: options.owner },
  });
  const store = new WorkerStore(worker, options.warn);
  await store.ready();
  return store;
}

class WorkerStore implements Store {
  readonly analytics: Analytics;
  readonly budgets: BudgetBank;
  readonly cache: CacheEntries;
  readonly semantic: SemanticEntries;
  readonly rules: RuleBook;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #exited: Promise<void>;
  #isReady = false;
  #failure: TokenWatchError | null = null;
  #lastId = 0;
  #nudge: NodeJS.Timeout | null = null;

  constructor(worker: Worker, warn: (message: string) => void) {
    this.#worker = worker;
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.on('message', (message: WorkerReply) => {
      if (message.type === 'ready') {
        this.#isReady = true;
        this.#ready.resolve();
      } else if (message.type === 'warning') warn(message.message);
      else this.#settle(message);
    });
    worker.on('error', (cause) => this.#fail(cause, warn));
    this.analytics = {
      summary: (range, filter) => this.#ask('summary', range, filter),
      breakdown: (range, by, limit, filter) => this.#ask('breakdown', range, by, limit, filter),
      series: (range, bucketMs, filter) => this.#ask('series', range, bucketMs, filter),
      timings: (range, bucketMs, filter) => this.#ask('timings', range, bucketMs, filter),
      stacks: (range, bucketMs, by, limit, filter) => this.#ask('stacks', range, bucketMs, by, limit, filter),
      requests: (query) => this.#ask('requests', query),
      request: (id) => this.#ask('request', id),
      recent: (query) => this.#ask('recent', query),
      changes: (cursor, limit) => this.#ask('changes', cursor, limit),
      variants: (experiment) => this.#ask('variants', experiment),
      lastChange: () => this.#ask('lastChange'),
    };
    this.rules = {
      ruleVersion: () => this.#ask('ruleVersion'),
      rules: () => this.#ask('rules'),
      addRule: (entry) => this.#ask('addRule', entry),
      changeRule: (entry) => this.#ask('changeRule', entry),
      removeRule: (kind, name) => this.#ask('removeRule', kind, name),
    };
    this.budgets = {
      budgetRules: () => this.#ask('budgetRules'),
      budgetVersion: () => this.#ask('budgetVersion'),
      putBudget: (budget) => this.#ask('putBudget', budget),
      removeBudget: (id) => this.#ask('removeBudget', id),
      putKill: (kill) => this.#ask('putKill', kill),
      removeKill: (id) => this.#ask('removeKill', id),
      spentSoFar: (queries) => this.#ask('spentSoFar', queries),
      addNotice: (notice) => this.#ask('addNotice', notice),
      dueNotices: (nowMs, limit) => this.#ask('dueNotices', nowMs, limit),
      noticeDelivered: (id, atMs) => this.#ask('noticeDelivered', id, atMs),
      noticeFailed: (id, error, nextMs) => this.#ask('noticeFailed', id, error, nextMs),
    };
    this.cache = {
      cacheSecret: () => this.#ask('cacheSecret'),
      cacheGeneration: () => this.#ask('cacheGeneration'),
      findAnswer: (key, nowMs) => this.#ask('findAnswer', key, nowMs),
      putAnswer: (answer) => this.#ask('putAnswer', answer),
      touchAnswers: (uses, atMs) => this.#ask('touchAnswers', uses, atMs),
      sweepAnswers: (nowMs, bytesMax) => this.#ask('sweepAnswers', nowMs, bytesMax),
      clearAnswers: (model) => this.#ask('clearAnswers', model),
      answersById: (idPrefix) => this.#ask('answersById', idPrefix),
      recentAnswers: (protocol, endpoint, limit) => this.#ask('recentAnswers', protocol, endpoint, limit),
      cacheFacts: (nowMs, sinceMs) => this.#ask('cacheFacts', nowMs, sinceMs),
    };
    this.semantic = {
      partitionQuestions: (partition, nowMs, limit) =>
        this.#ask('partitionQuestions', partition, nowMs, limit),
      bodyQuestions: (bodyPartition, nowMs, limit) => this.#ask('bodyQuestions', bodyPartition, nowMs, limit),
      questionOf: (key) => this.#ask('questionOf', key),
      putQuestion: (question) => this.#ask('putQuestion', question),
      putStanding: (key, standing) => this.#ask('putStanding', key, standing),
      scopeTrust: () => this.#ask('scopeTrust'),
      putScopeTrust: (trust) => this.#ask('putScopeTrust', trust),
      addCounts: (counts) => this.#ask('addCounts', counts),
      putTierStatus: (status) => this.#ask('putTierStatus', status),
      semanticFacts: (sinceMs) => this.#ask('semanticFacts', sinceMs),
    };
  }

  ready(): Promise<void> {
    return this.#ready.promise;
  }

  nudge(): void {
    this.#nudge ??= setTimeout(() => {
      this.#nudge = null;
      this.#post({ type: 'nudge' });
    }, NUDGE_MS);
  }

  load(): Promise<void> {
    return this.#ask('load');
  }

  reset(): Promise<number> {
    return this.#ask('reset');
  }

  facts(): Promise<StoreFacts> {
    return this.#ask('facts');
  }

  async close(): Promise<void> {
    if (this.#nudge !== null) clearTimeout(this.#nudge);
    this.#post({ type: 'close' });
    await this.#exited;
  }

  #ask<T>(name: QueryName, ...parameters: readonly unknown[]): Promise<T> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const waiting = Promise.withResolvers<unknown>();
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, waiting);
    this.#post({ type: 'query', id: this.#lastId, name, parameters });
    return waiting.promise as Promise<T>;
  }

  #post(call: WorkerCall): void {
    this.#worker.postMessage(call);
  }

  #settle(message: Extract<WorkerReply, { id: number }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'result') waiting?.resolve(message.value);
    else waiting?.reject(new TokenWatchError('storage_failed', `The database failed: ${message.message}`));
  }

  #fail(cause: unknown, warn: (message: string) => void): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    // Before it is ready, whoever opens it hears of it; later only a warning tells.
    if (this.#isReady) warn(`The store stopped: ${reason}`);
    const error = new TokenWatchError('storage_failed', reason, { cause });
    this.#failure = error;
    this.#ready.reject(error);
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
