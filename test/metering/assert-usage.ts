import type { TokenUsage } from '../../src/core/usage.ts';

/** Throws on a negative or fractional count. */
export function assertUsage(usage: TokenUsage): void {
  for (const [name, count] of Object.entries(usage)) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(`${name} must be a non-negative integer, got ${count}`);
    }
  }
}
