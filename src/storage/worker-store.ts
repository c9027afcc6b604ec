// The server's side of a store: a worker thread does the work, so that no query ever holds up traffic.

import { Worker } from 'node:worker_threads';
import type { PromptArchive } from '../archive/ports.ts';
import type { CacheEntries } from '../cache/ports.ts';
import type { SemanticEntries } from '../cache/semantic/ports.ts';
import type { Analytics } from '../core/analytics.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { RuleBook } from '../core/rule-book.ts';
import type { BudgetBank } from '../ledger/ports.ts';
import { type RoomName, roomsBy } from './rooms.ts';
import type { Store, StoreFacts } from './store.ts';

/** A room's call, or one of the store's own. */
export interface WorkerQuery {
  readonly type: 'query';
  readonly id: number;
  readonly room: RoomName | 'store';
  readonly call: string;
  readonly parameters: readonly unknown[];
}

export type WorkerCall = { readonly type: 'nudge' } | { readonly type: 'close' } | WorkerQuery;

export type WorkerReply =
  | { readonly type: 'ready' }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly message: string };

/** New lines are loaded at most this often. */
const NUDGE_MS = 150;

/** `source` is a worker's file without its extension: TypeScript in a clone, JavaScript in the package. */
export async function openWorkerStore(options: {
  readonly source: URL;
  readonly workerData: unknown;
  readonly warn: (message: string) => void;
}): Promise<Store> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`${options.source.href}.${extension}`), {
    workerData: options.workerData,
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
  readonly prompts: PromptArchive;
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
    const rooms = roomsBy((room, call, parameters) => this.#ask(room, call, parameters));
    this.analytics = rooms.analytics;
    this.budgets = rooms.budgets;
    this.cache = rooms.cache;
    this.semantic = rooms.semantic;
    this.rules = rooms.rules;
    this.prompts = rooms.prompts;
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
    return this.#ask('store', 'load');
  }

  reset(): Promise<number> {
    return this.#ask('store', 'reset');
  }

  facts(): Promise<StoreFacts> {
    return this.#ask('store', 'facts');
  }

  async close(): Promise<void> {
    if (this.#nudge !== null) clearTimeout(this.#nudge);
    this.#post({ type: 'close' });
    await this.#exited;
  }

  #ask<T>(room: WorkerQuery['room'], call: string, parameters: readonly unknown[] = []): Promise<T> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const waiting = Promise.withResolvers<unknown>();
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, waiting);
    this.#post({ type: 'query', id: this.#lastId, room, call, parameters });
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
