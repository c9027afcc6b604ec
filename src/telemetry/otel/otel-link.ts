// The main thread's side of OpenTelemetry: hands requests that have ended to the worker, several at once, and never more
// than it can take.

import type { Worker } from 'node:worker_threads';
import { startThread } from '../../runtime/thread.ts';
import type { BudgetLevel } from './instruments.ts';
import type { OtelConfig } from './otel-config.ts';
import type { OtelCall, OtelReply } from './otel-messages.ts';
import type { TracedRequest } from './traced-request.ts';

export interface OtelLinkOptions {
  readonly config: OtelConfig;
  readonly warn: (message: string) => void;
  readonly budgets: () => readonly BudgetLevel[];
}

/** Requests that the worker has not taken yet; what comes beyond is dropped and counted. */
const UNTAKEN_MAX = 10_000;
const BATCH_MAX = 200;
const BATCH_MS = 100;
const BUDGETS_MS = 10_000;
/** What waits when the process ends gets this long. */
const CLOSE_MS = 3000;
/** A collector that is down is told of at most this often. */
const WARN_MS = 60_000;

export class OtelLink {
  readonly #options: OtelLinkOptions;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #budgets: NodeJS.Timeout;
  #batch: TracedRequest[] = [];
  #timer: NodeJS.Timeout | null = null;
  #untaken = 0;
  #isGone = false;
  #isClosing = false;
  #droppedRequests = 0;
  readonly #dropped = { spans: 0, events: 0 };
  #sentRequests = 0;
  #lastFault: { readonly atMs: number; readonly reason: string } | null = null;
  /** By what it was about. */
  readonly #warnedMs = new Map<string, number>();

  constructor(options: OtelLinkOptions) {
    this.#options = options;
    this.#worker = startThread(new URL('./otel-worker', import.meta.url), { workerData: options.config });
    this.#worker.on('message', (message: OtelReply) => this.#hear(message));
    this.#worker.on('error', (error) => this.#stop(error));
    this.#exited = new Promise((resolve) =>
      this.#worker.once('exit', (code) => {
        if (!this.#isGone && !this.#isClosing) this.#stop(new Error(`its thread ended with ${code}`));
        this.#lose();
        resolve();
      }),
    );
    this.#budgets = setInterval(() => this.#tellBudgets(), BUDGETS_MS);
    this.#budgets.unref();
    this.#tellBudgets();
  }

  /** Requests that never reached the worker, and spans and events that the collector never got. */
  get dropped(): { readonly requests: number; readonly spans: number; readonly events: number } {
    return { requests: this.#droppedRequests, ...this.#dropped };
  }

  /** How the way to the collector is. */
  get state(): {
    readonly isRunning: boolean;
    readonly sentRequests: number;
    readonly lastFault: { readonly atMs: number; readonly reason: string } | null;
  } {
    return { isRunning: !this.#isGone, sentRequests: this.#sentRequests, lastFault: this.#lastFault };
  }

  push(request: TracedRequest): void {
    if (this.#isGone || this.#untaken >= UNTAKEN_MAX) {
      this.#droppedRequests += 1;
      return;
    }
    this.#untaken += 1;
    this.#batch.push(request);
    if (this.#batch.length >= BATCH_MAX) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), BATCH_MS);
  }

  /** Sends what waits, for a while. */
  async close(): Promise<void> {
    clearInterval(this.#budgets);
    this.#send();
    if (this.#isGone) return;
    this.#isClosing = true;
    this.#tellBudgets();
    this.#post({ type: 'close' });
    const timer = setTimeout(() => void this.#worker.terminate(), CLOSE_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  #send(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#batch.length === 0 || this.#isGone) return;
    this.#post({ type: 'requests', requests: this.#batch });
    this.#batch = [];
  }

  #tellBudgets(): void {
    if (!this.#isGone) this.#post({ type: 'budgets', levels: this.#options.budgets() });
  }

  #post(call: OtelCall): void {
    this.#worker.postMessage(call);
  }

  #hear(message: OtelReply): void {
    if (message.type === 'taken') {
      this.#untaken -= message.requests;
      this.#sentRequests += message.requests;
    } else if (message.type === 'dropped') {
      const { what, count, reason } = message;
      this.#dropped[what] += count;
      this.#tell(what, reason, `${this.#dropped[what]} ${what} could not be exported (${reason})`);
    } else if (message.type === 'trouble') this.#tell(message.kind, message.words, message.words);
  }

  #tell(kind: string, reason: string, words: string): void {
    this.#lastFault = { atMs: Date.now(), reason };
    const nowMs = performance.now();
    if (nowMs - (this.#warnedMs.get(kind) ?? Number.NEGATIVE_INFINITY) < WARN_MS) return;
    this.#warnedMs.set(kind, nowMs);
    this.#options.warn(`OpenTelemetry: ${words}. Traffic goes on.`);
  }

  /** Telemetry is no reason to end: it is missing from here on. */
  #stop(error: unknown): void {
    this.#isGone = true;
    this.#lose();
    const reason = error instanceof Error ? error.message : String(error);
    this.#lastFault = { atMs: Date.now(), reason };
    this.#options.warn(`OpenTelemetry stopped: ${reason}. Traffic goes on without it.`);
  }

  /** With the worker goes what it has not taken. */
  #lose(): void {
    this.#batch = [];
    this.#droppedRequests += this.#untaken;
    this.#untaken = 0;
  }
}
