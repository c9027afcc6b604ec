// `tokenwatch cache stats`: what the cache holds, how often it answered, and what that saved.

import { formatUsd } from '../../../core/money.ts';
import { withCache } from '../../cache.ts';
import { type Command, JSON_OPTION, SINCE_OPTIONS } from '../../command.ts';
import { rangeOf } from '../../records.ts';
import { formatCount } from '../../table.ts';

export const cacheStats: Command = {
  name: 'cache stats',
  summary: 'what the cache holds, how often it answered, what it saved',
  options: [...SINCE_OPTIONS, JSON_OPTION],
  examples: ['tokenwatch cache stats', 'tokenwatch cache stats --since 7d --json'],
  async run(context) {
    const nowMs = Date.now();
    const { name, range } = rangeOf(context.options, nowMs);
    const facts = await withCache(context, (entries) => entries.cacheFacts(nowMs, range.fromMs));
    const { exact = 0, inflight = 0, miss = 0, bypass = 0 } = facts.uses;
    const asked = exact + inflight + miss;
    const hitRate = asked === 0 ? null : (exact + inflight) / asked;
    if (context.options.json) {
      context.print(JSON.stringify({ since: name, ...facts, hitRate }, null, 2));
      return;
    }
    const share = hitRate === null ? '' : ` (${(100 * hitRate).toFixed(1)} % of ${formatCount(asked)})`;
    context.print(`Period   ${name === 'all' ? 'all time' : `last ${name}`}
Hits     ${formatCount(exact + inflight)}${share}: ${formatCount(exact)} exact, ${formatCount(inflight)} shared in flight
Misses   ${formatCount(miss)}, and ${formatCount(bypass)} that were not to be cached
Saved    ${formatUsd(facts.savedNanoUsd)}
Stored   ${formatCount(facts.entries)} answers (${(facts.bytes / 1024 / 1024).toFixed(1)} MiB), ${formatCount(facts.expired)} of them expired`);
  },
};
