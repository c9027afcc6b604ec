// An embedder whose model runs in a worker thread, so that a prompt of milliseconds never holds up the proxy.
// The thread starts with `open`. If it dies, what waits is rejected and the next text starts a new one.

import type { Worker } from 'node:worker_threads';
import { TokenWatchError } from '../../core/errors.ts';
import { startThread } from '../../runtime/thread.ts';
import type { Embedder } from '../embedder.ts';
import type { EncoderCall, EncoderChoice, EncoderReply, EncoderThread } from './encoder.ts';
import { endWork, forgetWork, newWorkFlags, type WorkFlags } from './native-work.ts';

/** Texts that wait for the model. Behind so many a lookup would be too late anyway. */
const WAITING_MAX = 64;
const ENCODER_WORKER = new URL('./encoder-worker', import.meta.url);

type Waiting = PromiseWithResolvers<Float32Array>;
type Thread = { readonly worker: Worker; readonly flags: WorkFlags };
type Started = Thread & { readonly ready: Ready };
type Ready = { readonly id: string; readonly dimensions: number };

export class WorkerEmbedder implements Embedder {
  readonly id: string;
  readonly dimensions: number;
  readonly #choice: EncoderChoice;
  readonly #script: URL;
  readonly #waiting = new Map<number, Waiting>();
  #thread: Thread | null;
  #starting: Promise<void> | null = null;
  #lastCall = 0;
  #isClosed = false;

  private constructor(choice: EncoderChoice, script: URL, { ready, ...thread }: Started) {
    this.#choice = choice;
    this.#script = script;
    this.id = ready.id;
    this.dimensions = ready.dimensions;
    this.#thread = thread;
    this.#listen(thread);
  }

  /** Rejects with `embedder_failed` where the model cannot be loaded; the message says what to do. */
  static async open(choice: EncoderChoice, script: URL = ENCODER_WORKER): Promise<WorkerEmbedder> {
    return new WorkerEmbedder(choice, script, await startWorker(choice, script));
  }

  async embed(text: string): Promise<Float32Array> {
    if (this.#waiting.size >= WAITING_MAX) throw failed(`${WAITING_MAX} texts wait for the embedder already`);
    if (this.#thread === null) {
      this.#starting ??= this.#restart();
      await this.#starting;
    }
    const worker = this.#thread?.worker;
    if (worker === undefined || this.#isClosed) throw failed('the embedder is closed');
    const waiting = Promise.withResolvers<Float32Array>();
    this.#lastCall += 1;
    this.#waiting.set(this.#lastCall, waiting);
    // A thread with a text to read keeps the process alive, an idle one does not.
    worker.ref();
    worker.postMessage({ call: this.#lastCall, text } satisfies EncoderCall);
    return waiting.promise;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const thread = this.#thread;
    this.#thread = null;
    this.#rejectAll('the embedder was closed');
    await this.#starting?.catch(() => undefined);
    if (thread !== null) await endThread(thread);
  }

  async #restart(): Promise<void> {
    try {
      const { ready, ...thread } = await startWorker(this.#choice, this.#script);
      if (this.#isClosed || ready.id !== this.id) {
        await endThread(thread);
        throw failed(
          this.#isClosed ? 'the embedder is closed' : `the model changed from ${this.id} to ${ready.id}`,
        );
      }
      this.#thread = thread;
      this.#listen(thread);
    } finally {
      this.#starting = null;
    }
  }

  #listen({ worker, flags }: Thread): void {
    worker.unref();
    worker.on('message', (reply: EncoderReply) => this.#take(worker, reply));
    const lose = (reason: string): void => {
      forgetWork(flags);
      if (this.#thread?.worker !== worker) return;
      this.#thread = null;
      this.#rejectAll(`the embedder's thread ended (${reason})`);
    };
    worker.on('error', (error: Error) => lose(error.message));
    worker.on('exit', (code) => lose(`exit ${code}`));
  }

  #take(worker: Worker, reply: EncoderReply): void {
    if (reply.type !== 'vector' && reply.type !== 'failure') return;
    const waiting = this.#waiting.get(reply.call);
    this.#waiting.delete(reply.call);
    if (this.#waiting.size === 0) worker.unref();
    if (reply.type === 'vector') waiting?.resolve(reply.vector);
    else waiting?.reject(new TokenWatchError(reply.code, reply.message));
  }

  #rejectAll(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(failed(reason));
    this.#waiting.clear();
  }
}

function startWorker(choice: EncoderChoice, script: URL): Promise<Started> {
  const flags = newWorkFlags();
  const worker = startThread(script, { workerData: { choice, flags } satisfies EncoderThread });
  const started = Promise.withResolvers<Started>();
  const give = (message: string): void => {
    forgetWork(flags);
    started.reject(failed(message));
  };
  worker.once('error', (error: Error) => give(error.message));
  worker.once('exit', (code) => give(`the embedder's thread ended at its start (exit ${code})`));
  worker.once('message', (reply: EncoderReply) => {
    if (reply.type === 'ready') {
      for (const event of ['error', 'exit', 'message']) worker.removeAllListeners(event);
      started.resolve({ worker, flags, ready: { id: reply.id, dimensions: reply.dimensions } });
    } else {
      give(reply.type === 'unusable' ? reply.message : 'the embedder answered before it was asked');
      void worker.terminate();
    }
  });
  return started.promise;
}

async function endThread({ worker, flags }: Thread): Promise<void> {
  // Nobody waits for what it says now, but for its end.
  worker.removeAllListeners('message');
  worker.ref();
  await endWork(flags);
  await worker.terminate();
}

const failed = (message: string): TokenWatchError => new TokenWatchError('embedder_failed', message);
