// Notices that the data folder was deleted, or replaced by another, under a running server: its files are open still,
// and what is written to them ends with the process, in silence.

import { statSync } from 'node:fs';

const LOOK_MS = 1000;
/** It is said again for as long as it lasts. */
const REPEAT_MS = 60_000;

export class FolderWatch {
  readonly #folder: string;
  readonly #warn: (message: string) => void;
  readonly #identity: string | null;
  #timer: NodeJS.Timeout | null = null;
  #saidAtMs: number | null = null;

  constructor(folder: string, warn: (message: string) => void) {
    this.#folder = folder;
    this.#warn = warn;
    this.#identity = identityOf(folder);
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  get isGone(): boolean {
    return identityOf(this.#folder) !== this.#identity;
  }

  #look(): void {
    if (!this.isGone) {
      this.#saidAtMs = null;
      return;
    }
    const nowMs = performance.now();
    if (this.#saidAtMs !== null && nowMs - this.#saidAtMs < REPEAT_MS) return;
    this.#saidAtMs = nowMs;
    this.#warn(
      `The data folder ${this.#folder} was deleted or replaced while TokenWatch runs. Traffic goes on, and limits hold by what is in memory, but what is recorded now ends with this process. Restart TokenWatch: it makes the folder anew.`,
    );
  }
}

function identityOf(folder: string): string | null {
  try {
    // A new folder may have the old one's number.
    const { dev, ino, birthtimeNs } = statSync(folder, { bigint: true });
    return `${dev} ${ino} ${birthtimeNs}`;
  } catch {
    // Not there, or not to be seen: either way not the one that was opened.
    return null;
  }
}
