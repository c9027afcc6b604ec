// Spans on their way to a collector: one batch at a time, and a bounded number that wait. What no longer fits, and what
// the collector does not take, is dropped and counted.

import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

export interface SpanQueueOptions {
  readonly exporter: Pick<SpanExporter, 'export'>;
  readonly spansMax: number;
  readonly batchMax: number;
  readonly delayMs: number;
  readonly onDropped: (spans: number, reason: string) => void;
}

const EXPORTED = 0;

export class SpanQueue {
  readonly #options: SpanQueueOptions;
  #waiting: ReadableSpan[] = [];
  #timer: NodeJS.Timeout | null = null;
  #isExporting = false;
  #whenEmpty: (() => void) | null = null;

  constructor(options: SpanQueueOptions) {
    this.#options = options;
  }

  push(spans: readonly ReadableSpan[]): void {
    const { spansMax, batchMax, delayMs, onDropped } = this.#options;
    const room = Math.max(0, spansMax - this.#waiting.length);
    this.#waiting.push(...spans.slice(0, room));
    if (spans.length > room) onDropped(spans.length - room, 'the queue is full');
    if (this.#waiting.length >= batchMax) this.#export();
    else this.#timer ??= setTimeout(() => this.#export(), delayMs);
  }

  /** Returns when nothing waits any more. */
  async flush(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenEmpty = resolve;
    this.#export();
    await promise;
  }

  #export(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isExporting) return;
    const batch = this.#waiting.splice(0, this.#options.batchMax);
    if (batch.length === 0) {
      this.#whenEmpty?.();
      return;
    }
    this.#isExporting = true;
    this.#options.exporter.export(batch, ({ code, error }) => {
      this.#isExporting = false;
      if (code !== EXPORTED)
        this.#options.onDropped(batch.length, error?.message ?? 'the collector refused them');
      if (this.#waiting.length >= this.#options.batchMax || this.#whenEmpty !== null) this.#export();
      else if (this.#waiting.length > 0)
        this.#timer ??= setTimeout(() => this.#export(), this.#options.delayMs);
    });
  }
}
