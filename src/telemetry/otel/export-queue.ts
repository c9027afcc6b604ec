// Spans or events on their way to a collector: one batch at a time, and a bounded number that wait. What no longer fits,
// and what the collector does not take, is dropped and counted.

export interface ExportQueueOptions<Item> {
  readonly exporter: {
    export(items: Item[], done: (result: { readonly code: number; readonly error?: Error }) => void): void;
  };
  readonly itemsMax: number;
  readonly batchMax: number;
  readonly delayMs: number;
  readonly onDropped: (items: number, reason: string) => void;
}

/** As a result of an export says it. */
export const EXPORTED = 0;

export class ExportQueue<Item> {
  readonly #options: ExportQueueOptions<Item>;
  #waiting: Item[] = [];
  #timer: NodeJS.Timeout | null = null;
  #isExporting = false;
  #whenEmpty: (() => void) | null = null;

  constructor(options: ExportQueueOptions<Item>) {
    this.#options = options;
  }

  push(items: readonly Item[]): void {
    const { itemsMax, batchMax, delayMs, onDropped } = this.#options;
    const room = Math.max(0, itemsMax - this.#waiting.length);
    this.#waiting.push(...items.slice(0, room));
    if (items.length > room) onDropped(items.length - room, 'the queue is full');
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
