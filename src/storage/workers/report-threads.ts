// Who answers a report: one thread, and a second one where the first would keep others waiting. What is known to take
// long (an A/B test's figures) goes to the second at once, and whoever has waited for the first for a while. It is made
// when it is first needed. One that was lost costs the reports it worked on: the next report has another.

import type { WorkerClient, WorkerQuery } from './client.ts';

/** Nobody waits for longer behind another report, while a thread is idle. */
const PATIENCE_MS = 50;
const LONG_CALLS: ReadonlySet<string> = new Set(['variantFigures', 'latencyQuantiles', 'latenciesUpTo']);

interface Question {
  readonly room: WorkerQuery['room'];
  readonly call: string;
  readonly parameters: readonly unknown[];
  readonly answer: PromiseWithResolvers<unknown>;
}

export interface ReportThreadsOptions {
  readonly first: WorkerClient;
  /** The second, and whatever takes the place of one that was lost. */
  readonly open: () => Promise<WorkerClient>;
  /** Questions that a thread works on side by side. */
  readonly atOnce: number;
  readonly warn: (message: string) => void;
}

export class ReportThreads {
  readonly #options: ReportThreadsOptions;
  readonly #first: RenewedThread;
  readonly #second: RenewedThread;
  #waiting: Question[] = [];
  #patience: NodeJS.Timeout | null = null;
  #runningFirst = 0;
  #runningSecond = 0;

  constructor(options: ReportThreadsOptions) {
    this.#options = options;
    this.#first = new RenewedThread(options.open, options.first);
    this.#second = new RenewedThread(options.open, null);
  }

  ask<T>(room: WorkerQuery['room'], call: string, parameters: readonly unknown[] = []): Promise<T> {
    const question = { room, call, parameters, answer: Promise.withResolvers<unknown>() };
    if (LONG_CALLS.has(call)) void this.#askSecond(question);
    else {
      this.#waiting.push(question);
      this.#pass();
    }
    return question.answer.promise as Promise<T>;
  }

  async close(): Promise<void> {
    if (this.#patience !== null) clearTimeout(this.#patience);
    await Promise.all([this.#first.close(), this.#second.close()]);
  }

  #pass(): void {
    while (this.#runningFirst < this.#options.atOnce) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#runningFirst += 1;
      void this.#put(this.#first.thread(), next).finally(() => {
        this.#runningFirst -= 1;
        this.#pass();
      });
    }
    if (this.#waiting.length > 0) this.#patience ??= setTimeout(() => this.#passOver(), PATIENCE_MS);
  }

  /** What has waited goes to the second thread, unless that one works, too. */
  #passOver(): void {
    this.#patience = null;
    while (this.#runningSecond < this.#options.atOnce) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      void this.#askSecond(next).finally(() => this.#passOver());
    }
  }

  async #askSecond(question: Question): Promise<void> {
    this.#runningSecond += 1;
    const thread = this.#second.thread().catch((error: Error) => {
      this.#options.warn(`A second thread for reports cannot be had (${error.message}).`);
      return this.#first.thread();
    });
    await this.#put(thread, question);
    this.#runningSecond -= 1;
  }

  async #put(thread: Promise<WorkerClient>, { room, call, parameters, answer }: Question): Promise<void> {
    try {
      answer.resolve(await (await thread).ask(room, call, parameters));
    } catch (error) {
      answer.reject(error);
    }
  }
}

/** Opened when it is first asked for, and anew where it was lost since. */
class RenewedThread {
  readonly #open: () => Promise<WorkerClient>;
  #client: WorkerClient | null;
  #opening: Promise<WorkerClient> | null = null;

  constructor(open: () => Promise<WorkerClient>, client: WorkerClient | null) {
    this.#open = open;
    this.#client = client;
  }

  async thread(): Promise<WorkerClient> {
    if (this.#client !== null && !this.#client.isLost) return this.#client;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    this.#client = await this.#opening;
    return this.#client;
  }

  async close(): Promise<void> {
    const client = (await this.#opening?.catch(() => null)) ?? this.#client;
    await client?.close();
  }
}
