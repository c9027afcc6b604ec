// Puts together what decides about requests: the server and explanations without one share it.

import { AnswerCache } from './cache/answer-cache.ts';
import type { CacheEntries } from './cache/ports.ts';
import type { Analytics } from './core/analytics.ts';
import type { Clock } from './core/clock.ts';
import { baseUrlOf } from './core/upstream.ts';
import { CostBound } from './ledger/bounds/cost-bound.ts';
import { InputCount, type TextCounter } from './ledger/bounds/input-count.ts';
import { ChargedKeys } from './ledger/charged-keys.ts';
import { BudgetGate } from './ledger/gate.ts';
import type { Ledger } from './ledger/ledger.ts';
import { SpendToday } from './ledger/spend-today.ts';
import type { PriceBook } from './pricing/price-book.ts';
import { anthropic } from './protocols/anthropic/protocol.ts';
import { openai } from './protocols/openai/protocol.ts';
import type { Mount } from './proxy/call.ts';
import type { Settings } from './settings.ts';

export function mountsOf(settings: Settings): readonly Mount[] {
  return [
    { path: '/anthropic', protocol: anthropic, base: baseUrlOf(settings.TOKENWATCH_ANTHROPIC_URL) },
    { path: '/openai', protocol: openai, base: baseUrlOf(settings.TOKENWATCH_OPENAI_URL) },
  ];
}

export function costBoundOf(settings: Settings, prices: PriceBook, counter: TextCounter): CostBound {
  const inputCount = new InputCount(counter);
  return new CostBound({ prices, inputCount, mode: settings.TOKENWATCH_BUDGET_RESERVE });
}

/** An answer of a database that is busy takes no longer, as a rule. */
const LEASE_WAIT_MS = 2000;

export function gateOf(settings: Settings, clock: Clock, ledger: Ledger, costs: CostBound): BudgetGate {
  const cutsStreams = settings.TOKENWATCH_BUDGET_CUT_STREAMS;
  // A request whose instance has to ask for more of a shared budget is not refused for that.
  const waitMs = Math.max(settings.TOKENWATCH_BUDGET_WAIT, ledger.slices.areLeased ? LEASE_WAIT_MS : 0);
  return new BudgetGate({ clock, ledger, costs, cutsStreams, waitMs, charged: new ChargedKeys() });
}

/** Kinds of one day beyond which the rarest are left out of the sums. */
const DAY_KINDS_MAX = 100_000;

export async function spendOfToday(
  clock: Clock,
  analytics: Analytics,
  timeZone: string,
): Promise<SpendToday> {
  const today = new SpendToday(clock, timeZone);
  const range = { fromMs: today.startMs, toMs: clock.now() + 1 };
  const costs = async (by: 'app' | 'tag'): Promise<Map<string, number>> => {
    const rows = await analytics.breakdown(range, by, DAY_KINDS_MAX);
    return new Map(rows.flatMap((row) => (row.key === null ? [] : [[row.key, row.costNanoUsd]])));
  };
  const { costNanoUsd } = await analytics.summary(range);
  today.load({ all: costNanoUsd, byApp: await costs('app'), byTag: await costs('tag') });
  return today;
}

/** Started; to be closed. */
export async function openAnswerCache(
  settings: Settings,
  clock: Clock,
  entries: CacheEntries,
  warn: (message: string) => void,
): Promise<AnswerCache> {
  const cache = new AnswerCache({
    entries,
    clock,
    ttlMs: settings.TOKENWATCH_CACHE_TTL,
    memoryBytesMax: settings.TOKENWATCH_CACHE_MEMORY,
    storeBytesMax: settings.TOKENWATCH_CACHE_STORE,
    lookupTimeoutMs: settings.TOKENWATCH_CACHE_LOOKUP_TIMEOUT,
    warn,
  });
  await cache.start();
  return cache;
}
