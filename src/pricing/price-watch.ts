// Keeps the prices of a running server in step with their files: looks at them once a second, and takes all of a change
// or none of it.

import { type PriceFiles, priceFilesMark, readPriceLists } from './price-files.ts';
import type { PriceLists } from './price-lookup.ts';

export interface PriceWatchOptions {
  readonly files: PriceFiles;
  /** Told once of each change that cannot be read; the prices in force stay. */
  readonly warn: (message: string) => void;
  readonly intervalMs?: number;
}

export class PriceWatch {
  readonly #options: Required<PriceWatchOptions>;
  #mark = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PriceWatchOptions) {
    this.#options = { intervalMs: 1000, ...options };
  }

  /** The lists as they are now. Throws `invalid_setting`. */
  read(): PriceLists {
    // Taken first: what changes while it is read is seen at the next look.
    this.#mark = priceFilesMark(this.#options.files);
    return readPriceLists(this.#options.files);
  }

  start(changed: (lists: PriceLists) => void): void {
    this.#timer = setInterval(() => this.#look(changed), this.#options.intervalMs);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(changed: (lists: PriceLists) => void): void {
    try {
      if (priceFilesMark(this.#options.files) !== this.#mark) changed(this.read());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.warn(`The prices stay as they were: ${reason}`);
    }
  }
}
