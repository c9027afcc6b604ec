// Questions to a worker thread of a store, and its answers.

import type { Worker } from 'node:worker_threads';
import { type ErrorCode, TokenWatchError } from '../../core/errors.ts';
import { startThread } from '../../runtime/thread.ts';
import type { RoomName } from '../rooms.ts';

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
  /** Somebody changed something in the database. */
  | { readonly type: 'hint'; readonly topic: string }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | {
      readonly type: 'failure';
      readonly id: number;
      readonly message: string;
      readonly code: ErrorCode;
    };

export interface WorkerPlace {
  /** The worker's file without its extension: TypeScript in a clone, JavaScript in the package. */
  readonly source: URL;
  readonly workerData: unknown;
}

export class WorkerClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #exited: Promise<void>;
  /** Told of a change that somebody made in the database. */
  readonly hintListeners = new Set<(topic: string) => void>();
  #isReady = false;
  #isClosing = false;
  #failure: TokenWatchError | null = null;
  #lastId = 0;

  /** Throws what the worker throws before it is ready. */
  static async open(place: WorkerPlace, warn: (message: string) => void): Promise<WorkerClient> {
    const client = new WorkerClient(place, warn);
    await client.#ready.promise;
    return client;
  }

  private constructor({ source, workerData }: WorkerPlace, warn: (message: string) => void) {
    const worker = startThread(source, { workerData });
    this.#worker = worker;
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.on('message', (message: WorkerReply) => {
      if (message.type === 'ready') {
        this.#isReady = true;
        this.#ready.resolve();
      } else if (message.type === 'warning') warn(message.message);
      else if (message.type === 'hint') for (const listener of this.hintListeners) listener(message.topic);
      else this.#settle(message);
    });
    worker.on('error', (cause) => this.#fail(cause, warn));
    worker.once('exit', () => {
      if (!this.#isClosing && !this.isLost) this.#fail(new Error('its thread ended'), warn);
    });
  }

  /** It has failed: whatever it is asked is refused. */
  get isLost(): boolean {
    return this.#failure !== null;
  }

  ask<T>(room: WorkerQuery['room'], call: string, parameters: readonly unknown[] = []): Promise<T> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const waiting = Promise.withResolvers<unknown>();
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, waiting);
    this.#post({ type: 'query', id: this.#lastId, room, call, parameters });
    return waiting.promise as Promise<T>;
  }

  nudge(): void {
    this.#post({ type: 'nudge' });
  }

  /** Returns when the worker has done what is left, and has ended. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#post({ type: 'close' });
    await this.#exited;
  }

  #post(call: WorkerCall): void {
    this.#worker.postMessage(call);
  }

  #settle(message: Extract<WorkerReply, { id: number }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'result') waiting?.resolve(message.value);
    else waiting?.reject(new TokenWatchError(message.code, message.message));
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
