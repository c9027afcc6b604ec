// A bar on a terminal that tells how far a run is, what it has cost, and how long it may take; nothing where it is piped.

import { formatUsd, type NanoUsd } from '../core/money.ts';

const CELLS = 24;

export class Progress {
  readonly #output: NodeJS.WriteStream;
  readonly #total: number;
  readonly #nowMs: () => number;
  readonly #beganMs: number;
  #done = 0;
  #costNanoUsd: NanoUsd = 0;

  constructor(output: NodeJS.WriteStream, total: number, nowMs: () => number) {
    this.#output = output;
    this.#total = total;
    this.#nowMs = nowMs;
    this.#beganMs = nowMs();
  }

  step(costNanoUsd: NanoUsd | null): void {
    this.#done += 1;
    this.#costNanoUsd += costNanoUsd ?? 0;
    if (this.#output.isTTY) this.#output.write(`\r${this.line()}\u001b[K`);
  }

  line(): string {
    const share = this.#total === 0 ? 1 : this.#done / this.#total;
    const full = Math.round(share * CELLS);
    const leftMs = share === 0 ? 0 : ((this.#nowMs() - this.#beganMs) / share) * (1 - share);
    return `[${'#'.repeat(full)}${'.'.repeat(CELLS - full)}] ${this.#done}/${this.#total}  ${formatUsd(this.#costNanoUsd)}  ${timeOf(leftMs)} left`;
  }

  end(): void {
    if (this.#output.isTTY) this.#output.write('\r\u001b[K');
  }
}

function timeOf(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
