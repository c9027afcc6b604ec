// Gathers what the lines of batch results used, each under a mark of its own.

import type { UsageLine } from '../core/protocol.ts';
import type { UsageRun } from '../core/usage.ts';

export class ResultsLines {
  readonly #lines: UsageLine[] = [];

  /** `id` names the line within its results; null where nothing does. */
  add(id: string | null, runs: readonly UsageRun[]): void {
    this.#lines.push({ mark: id === null ? `n${this.#lines.length}` : markOf(id), runs });
  }

  get all(): readonly UsageLine[] {
    return this.#lines;
  }

  get runs(): readonly UsageRun[] {
    return this.#lines.flatMap((line) => line.runs);
  }
}

/** Short, without blanks, and different for different ids but once in a thousand million million. */
function markOf(id: string): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let at = 0; at < id.length; at += 1) {
    const code = id.charCodeAt(at);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
    b ^= b >>> 13;
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36).padStart(7, '0');
}
