// Questions to a thread, and its answers: a thread starts with the first question, and with the first after one has
// died. What is asked of a thread dies with it alone; the process does not wait for one that has nothing to do.

import type { Transferable, Worker } from 'node:worker_threads';
import { startThread } from './thread.ts';

/** What the thread gets: a question, or one of its parts. */
export interface Asked<Part> {
  readonly id: number;
  readonly part: Part;
}

/** What it sends back, once for each id. */
export interface Answered<Answer> {
  readonly id: number;
  readonly answer: Answer;
}

/** Called once, later; with null where the thread died over the question. */
type Done<Answer> = (answer: Answer | null) => void;

interface Running<Answer> {
  readonly worker: Worker;
  readonly waiting: Map<number, Done<Answer>>;
}

export class QuestionThread<Part, Answer> {
  readonly #source: URL;
  #running: Running<Answer> | null = null;
  #lastId = 0;

  /** `source` is the worker's file without its extension: TypeScript in a clone, JavaScript in the package. */
  constructor(source: URL) {
    this.#source = source;
  }

  ask(question: Part, done: Done<Answer>, given: readonly Transferable[] = []): void {
    this.open(done)(question, given);
  }

  /** A question in parts: returns what sends each of them, in order. */
  open(done: Done<Answer>): (part: Part, given?: readonly Transferable[]) => void {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#running ??= this.#start();
    const { worker, waiting } = this.#running;
    waiting.set(id, done);
    worker.ref();
    return (part, given = []) => worker.postMessage({ id, part } satisfies Asked<Part>, given);
  }

  async close(): Promise<void> {
    await this.#running?.worker.terminate();
  }

  #start(): Running<Answer> {
    const worker = startThread(this.#source);
    const waiting = new Map<number, Done<Answer>>();
    const running = { worker, waiting };
    worker.on('message', ({ id, answer }: Answered<Answer>) => {
      const done = waiting.get(id);
      waiting.delete(id);
      if (waiting.size === 0) worker.unref();
      done?.(answer);
    });
    const giveUp = (): void => {
      if (this.#running === running) this.#running = null;
      const left = [...waiting.values()];
      waiting.clear();
      void worker.terminate();
      for (const done of left) done(null);
    };
    worker.on('error', giveUp);
    worker.on('exit', giveUp);
    worker.on('messageerror', giveUp);
    return running;
  }
}
