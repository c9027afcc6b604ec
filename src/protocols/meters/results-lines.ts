// Gathers what the lines of batch results used, each under a mark of its own.

import type { UsageLine } from '../../core/protocol.ts';
import type { UsageRun } from '../../core/usage.ts';

export class ResultsLines {
  readonly #lines: UsageLine[] = [];
  readonly #answers = new Set<string>();

  /**
   * `id` names the line within its results, and `answerId` what its server made for it; null where nothing does. A line
   * that comes twice counts once. False where it does not count.
   */
  add(id: string | null, answerId: string | null, runs: readonly UsageRun[]): boolean {
    const mark = id === null ? `n${this.#lines.length}` : markOf(id);
    if (id !== null && answerId !== null) {
      const both = `${mark} ${markOf(answerId)}`;
      if (this.#answers.has(both)) return false;
      this.#answers.add(both);
    }
    this.#lines.push({ mark, runs });
    return true;
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
