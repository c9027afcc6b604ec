// What the demo shows while it runs: one line in place on a terminal, a line now and then when piped.

import type { TrafficProgress } from './traffic.ts';

/** The part of `process.stdout` that the demo needs. */
export interface DemoOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

const BAR_CELLS = 24;
const PLAIN_LINES = 10;
const CLEAR_LINE = '\r\u001b[2K';

export class DemoDisplay {
  readonly #output: DemoOutput;
  readonly #requests: number;
  #shown = 0;

  constructor(output: DemoOutput, requests: number) {
    this.#output = output;
    this.#requests = requests;
  }

  line(text = ''): void {
    this.#output.write(`${text}\n`);
  }

  progress(progress: TrafficProgress): void {
    if (this.#output.isTTY === true) {
      this.#output.write(`${CLEAR_LINE}${bar(ended(progress) / this.#requests)} ${counts(progress)}`);
      return;
    }
    const step = Math.floor((ended(progress) * PLAIN_LINES) / this.#requests);
    if (step <= this.#shown) return;
    this.#shown = step;
    this.line(`${ended(progress)}/${this.#requests} requests: ${counts(progress)}`);
  }

  /** Takes the progress line away, so that the summary stands alone. */
  finish(): void {
    if (this.#output.isTTY === true) this.#output.write(CLEAR_LINE);
  }
}

function ended({ completed, failed, aborted }: TrafficProgress): number {
  return completed + failed + aborted;
}

function counts({ completed, failed, aborted, inFlight }: TrafficProgress): string {
  const parts = [`${completed} completed`, `${failed} failed`, `${aborted} aborted`];
  return [...parts, ...(inFlight > 0 ? [`${inFlight} in flight`] : [])].join(', ');
}

function bar(share: number): string {
  const full = Math.min(BAR_CELLS, Math.round(share * BAR_CELLS));
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)}`;
}
