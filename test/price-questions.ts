// Short ways to write runs and questions for the price book's tests.

import type { PriceQuestion } from '../src/core/price.ts';
import { NO_USAGE, type TokenUsage, type UsageRun } from '../src/core/usage.ts';

/** A day on which all prices named in the tests hold. */
export const NOON = Date.parse('2026-11-23T12:00:00Z');

export function run(usage: Partial<TokenUsage>, rest: Partial<UsageRun> = {}): UsageRun {
  return {
    kind: 'message',
    model: null,
    serviceTier: null,
    speed: null,
    inferenceGeo: null,
    ...rest,
    usage: { ...NO_USAGE, ...usage },
  };
}

export function question(
  model: string | null,
  runs: readonly UsageRun[],
  rest: Partial<PriceQuestion> = {},
): PriceQuestion {
  return { model, runs, upstream: 'http://127.0.0.1:9', atMs: NOON, ...rest };
}
