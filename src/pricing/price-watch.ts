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
  #files: PriceFiles;
  #mark = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PriceWatchOptions) {
    this.#options = { intervalMs: 1000, ...options };
    this.#files = options.files;
  }

  /** The lists as they are now. Throws `invalid_setting`. */
  read(): PriceLists {
    // Taken first: what changes while it is read is seen at the next look.
    this.#mark = priceFilesMark(this.#files);
    return readPriceLists(this.#files);
  }

  /**
   * The lists of these files, which are the ones that are looked at from now on. Throws `invalid_setting`, and changes
   * nothing.
   */
  move(files: PriceFiles): PriceLists {
    const mark = priceFilesMark(files);
    // Whoever asks hears of a fault: the next look does not tell it again.
    if (JSON.stringify(files) === JSON.stringify(this.#files)) this.#mark = mark;
    const lists = readPriceLists(files);
    [this.#files, this.#mark] = [files, mark];
    return lists;
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
      if (priceFilesMark(this.#files) !== this.#mark) changed(this.read());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.warn(`The prices stay as they were: ${reason}`);
    }
  }
}
