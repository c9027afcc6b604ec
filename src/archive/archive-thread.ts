// The archive's side in its thread: items one after the other, and retention when there is time.

import type { MessagePort } from 'node:worker_threads';
import type { Clock } from '../core/clock.ts';
import type { Archivist } from './archivist.ts';
import type { Captured } from './item-content.ts';
import type { FromThread, Handed, KeepMessage, ToThread } from './messages.ts';
import type { PromptArchive, SkipReason } from './ports.ts';

export interface ArchiveThreadOptions {
  readonly port: MessagePort;
  readonly archive: PromptArchive;
  readonly archivist: Archivist;
  readonly clock: Clock;
  readonly retentionMs: number;
  readonly close: () => Promise<void>;
}

const SWEEP_MS = 3_600_000;
const BUSY_TRIES = 8;
const BUSY_WAIT_MS = 150;

export class ArchiveThread {
  readonly #options: ArchiveThreadOptions;
  readonly #queue: KeepMessage[] = [];
  readonly #skipped: Partial<Record<SkipReason, number>> = {};
  readonly #sweeps: NodeJS.Timeout;
  #isWorking = false;
  #isClosing = false;
  #sweepIsDue = true;
  #warned = false;

  constructor(options: ArchiveThreadOptions) {
    this.#options = options;
    options.port.on('message', (message: ToThread) => this.#take(message));
    this.#sweeps = setInterval(() => {
      this.#sweepIsDue = true;
      this.#work();
    }, SWEEP_MS);
    this.#sweeps.unref();
    this.#work();
  }

  #take(message: ToThread): void {
    if (message.type === 'keep') this.#queue.push(message);
    else if (message.type === 'skipped') this.#skip(message.reason, message.count);
    else this.#isClosing = true;
    this.#work();
  }

  #work(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#workOff().finally(() => {
      this.#isWorking = false;
      if (this.#queue.length > 0) this.#work();
    });
  }

  async #workOff(): Promise<void> {
    for (let item = this.#queue.shift(); item !== undefined; item = this.#queue.shift()) {
      await this.#keepAll(item);
      this.#tell({ type: 'done', bytes: item.bytes.byteLength });
    }
    await this.#attempt(() => this.#writeSkipped());
    if (this.#sweepIsDue) {
      this.#sweepIsDue = false;
      await this.#attempt(() => this.#sweep());
    }
    if (this.#isClosing && this.#queue.length === 0) {
      clearInterval(this.#sweeps);
      await this.#options.close();
      this.#options.port.close();
    }
  }

  async #keepAll({ items, bytes }: KeepMessage): Promise<void> {
    let at = 0;
    for (const { facts, answer, requestBytes, answerBytes } of JSON.parse(items) as readonly Handed[]) {
      const request = bytes.subarray(at, at + requestBytes);
      at += requestBytes;
      const body = bytes.subarray(at, at + answerBytes);
      at += answerBytes;
      await this.#keep({ facts, request, answer: answer === null ? null : { ...answer, body } });
    }
  }

  async #keep(captured: Captured): Promise<void> {
    let reason: SkipReason | null = 'failed';
    await this.#attempt(async () => {
      reason = await this.#options.archivist.keep(captured);
    });
    if (reason !== null) this.#skip(reason, 1);
  }

  async #sweep(): Promise<void> {
    const { archive, archivist, clock, retentionMs } = this.#options;
    const beforeMs = clock.now() - retentionMs;
    await archivist.removeAll({ toMs: beforeMs });
    await archive.sweepNumberings(beforeMs);
  }

  async #writeSkipped(): Promise<void> {
    const counts = { ...this.#skipped };
    if (Object.keys(counts).length === 0) return;
    await this.#options.archive.addSkipped(counts);
    for (const [reason, count] of Object.entries(counts)) this.#skip(reason as SkipReason, -count);
  }

  #skip(reason: SkipReason, count: number): void {
    const left = (this.#skipped[reason] ?? 0) + count;
    if (left === 0) delete this.#skipped[reason];
    else this.#skipped[reason] = left;
  }

  /** Another process may hold the database; then it is tried again. What fails for good is told once. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await work();
        this.#warned = false;
        return;
      } catch (error) {
        if (isBusy(error) && tries < BUSY_TRIES) {
          await new Promise((resolve) => setTimeout(resolve, BUSY_WAIT_MS));
          continue;
        }
        if (!this.#warned) {
          this.#warned = true;
          const reason = error instanceof Error ? error.message : String(error);
          this.#tell({
            type: 'warning',
            message: `The prompt archive could not write (${reason}). Traffic goes on.`,
          });
        }
        return;
      }
    }
  }

  #tell(message: FromThread): void {
    this.#options.port.postMessage(message);
  }
}

/** SQLITE_BUSY and SQLITE_LOCKED. */
function isBusy(error: unknown): boolean {
  const { errcode, cause } = error as { errcode?: number; cause?: unknown };
  if (errcode === undefined) return typeof cause === 'object' && cause !== null && isBusy(cause);
  const code = errcode;
  return (code & 0xff) === 5 || (code & 0xff) === 6;
}
