// The worker threads of a server's store: one loads the spool when nudged, and all answer what the server asks.

import type { MessagePort } from 'node:worker_threads';
import { counted } from '../../core/counted.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { RepeatedFault } from '../../core/repeated-fault.ts';
import { giveWay } from '../../runtime/give-way.ts';
import type { SpoolLoader } from '../loading/spool-loader.ts';
import { askRoom } from '../rooms.ts';
import type { Rooms, StoreFacts } from '../store.ts';
import type { WorkerCall, WorkerQuery, WorkerReply } from './client.ts';

const RETRY_MS = 200;
/** A database that was waited for in vain is not waited for by the next question at once: a start has a dozen of them. */
const SILENCE_MS_MAX = 2000;

export interface HostedStore {
  readonly rooms: Rooms;
  /** Makes the tables, before anything is asked of them. */
  prepare?(): Promise<void>;
  /**
   * Whether a fault is that of a database which does not answer: then the server goes on without it, and tries again.
   */
  isAway?(error: unknown): boolean;
  /** Told of every fault: one may mean that the database is of no more use. */
  failed?(error: unknown): void;
  /** True where what waits to be taken in is gone, too. */
  hasLostSpool?(): boolean;
  /** What the database said, with what can be done about it. */
  inWords(error: unknown): TokenWatchError;
  readonly loader: SpoolLoader;
  reset(): Promise<number>;
  facts(): Promise<StoreFacts>;
  close(): Promise<void>;
}

export async function hostStore(port: MessagePort, owner: string, store: HostedStore): Promise<void> {
  const host = new WorkerHost(port, owner, store);
  await host.open();
  port.on('message', (call: WorkerCall) => host.take(call));
  await host.loadUntilDone();
  port.postMessage({ type: 'ready' } satisfies WorkerReply);
}

/** What a thread answers that takes no records in. */
export function hostReports(
  port: MessagePort,
  store: Pick<HostedStore, 'rooms' | 'facts' | 'close' | 'inWords'>,
): void {
  giveWay();
  port.on('message', async (call: WorkerCall) => {
    if (call.type === 'nudge') return;
    if (call.type === 'close') {
      await store.close();
      port.close();
      return;
    }
    const { id, room, call: name, parameters } = call;
    const answer = async (): Promise<unknown> =>
      room === 'store' ? store.facts() : askRoom(store.rooms, room, name, parameters);
    const reply = await answer().then(
      (value): WorkerReply => ({ type: 'result', id, value }),
      (error: unknown) => failureOf(id, toldBy(store, error)),
    );
    port.postMessage(reply);
  });
  port.postMessage({ type: 'ready' } satisfies WorkerReply);
}

class WorkerHost {
  readonly #port: MessagePort;
  readonly #owner: string;
  readonly #store: HostedStore;
  readonly #fault: RepeatedFault;
  /** What earlier processes left has been taken in. */
  #recovered = false;
  #prepared: Promise<void> | null = null;
  /** Why it cannot be asked, until when that is not tried again. */
  #silent: { readonly error: unknown; readonly untilMs: number } | null = null;
  #retry: NodeJS.Timeout | null = null;
  #isLoading = false;
  /** Lines were written while a load ran, which may have read past them. */
  #nudged = false;
  #isClosing = false;

  constructor(port: MessagePort, owner: string, store: HostedStore) {
    this.#port = port;
    this.#owner = owner;
    this.#store = store;
    this.#fault = new RepeatedFault((message) => this.#warn(message), {
      first: (reason) =>
        `The database takes no records: ${reason}. Traffic goes on; ${this.#whereRecordsAre()}.`,
      over: 'The database takes records again; none was lost.',
    });
  }

  /** Throws where it is of no use to try again. */
  async open(): Promise<void> {
    try {
      await this.#prepare();
    } catch (error) {
      if (this.#store.isAway?.(error) !== true) throw error;
    }
  }

  take(call: WorkerCall): void {
    if (call.type === 'nudge') void this.loadUntilDone();
    else if (call.type === 'close') void this.#close();
    else {
      this.#answer(call).then(
        (value) => this.#reply({ type: 'result', id: call.id, value }),
        (error: unknown) => {
          this.#store.failed?.(error);
          this.#reply(failureOf(call.id, toldBy(this.#store, error)));
        },
      );
    }
  }

  async loadUntilDone(): Promise<void> {
    if (this.#retry !== null || this.#isClosing) return;
    this.#nudged = true;
    if (this.#isLoading) return;
    this.#isLoading = true;
    let isDone = true;
    while (this.#nudged && isDone) {
      this.#nudged = false;
      isDone = await this.#load(false);
    }
    this.#isLoading = false;
    if (isDone || this.#isClosing) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      void this.loadUntilDone();
    }, RETRY_MS);
  }

  async #answer({ room, call, parameters }: WorkerQuery): Promise<unknown> {
    await this.#prepare();
    if (room !== 'store') return askRoom(this.#store.rooms, room, call, parameters);
    if (call === 'load') return void (await this.#take(false));
    return call === 'reset' ? this.#store.reset() : this.#store.facts();
  }

  /**
   * What killed processes left comes first: what was spent is not known without it. Throws while the database is busy.
   */
  async #take(ownerIsDone: boolean): Promise<number> {
    await this.#prepare();
    const { loader } = this.#store;
    const left = this.#recovered ? 0 : (await loader.recover()).rejected;
    this.#recovered = true;
    return left + (await loader.load(this.#owner, ownerIsDone)).rejected;
  }

  /** Once, and again after it has failed. */
  #prepare(): Promise<void> {
    if (this.#silent !== null && performance.now() < this.#silent.untilMs)
      return Promise.reject(this.#silent.error);
    const sinceMs = performance.now();
    this.#prepared ??= (this.#store.prepare?.() ?? Promise.resolve()).catch((error: unknown) => {
      this.#prepared = null;
      const nowMs = performance.now();
      this.#silent = { error, untilMs: nowMs + Math.min(nowMs - sinceMs, SILENCE_MS_MAX) };
      throw error;
    });
    return this.#prepared;
  }

  async #load(ownerIsDone: boolean): Promise<boolean> {
    try {
      const rejected = await this.#take(ownerIsDone);
      if (rejected > 0)
        this.#warn(
          `${counted(rejected, 'damaged line in the spools was', 'damaged lines in the spools were')} left out.`,
        );
      this.#fault.over();
      return true;
    } catch (error) {
      this.#store.failed?.(error);
      this.#fault.met(toldBy(this.#store, error));
      return false;
    }
  }

  async #close(): Promise<void> {
    this.#isClosing = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#load(true);
    await this.#store.close();
    this.#port.close();
  }

  #warn(message: string): void {
    this.#reply({ type: 'warning', message });
  }

  #whereRecordsAre(): string {
    return this.#store.hasLostSpool?.() ? 'they end with this process' : 'they wait in the spool';
  }

  #reply(message: WorkerReply): void {
    this.#port.postMessage(message);
  }
}

/** An error of ours says itself what is wrong: a wrong question is no fault of the database. */
function toldBy(store: Pick<HostedStore, 'inWords'>, error: unknown): TokenWatchError {
  return error instanceof TokenWatchError ? error : store.inWords(error);
}

/** In one line, as a warning is. */
function failureOf(id: number, { code, message }: TokenWatchError): WorkerReply {
  const lines = message
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return { type: 'failure', id, message: lines.join(' '), code };
}
