// `tokenwatch stats`: totals, and by model or another dimension.

import { BREAKDOWN_DIMENSIONS, DIMENSION_FORM, parseDimension } from '../../core/analytics.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { type Command, JSON_OPTION, SINCE_OPTIONS } from '../command.ts';
import { formatCost, rangeNameOf } from '../records.ts';
import { ask } from '../server.ts';
import { formatCount, formatMs, tableLines } from '../table.ts';

const ROWS_MAX = 50;

export const stats: Command = {
  name: 'stats',
  summary: 'tokens, cost and latency: totals and by model',
  options: [
    ...SINCE_OPTIONS,
    {
      flags: '--by <what>',
      about: `${BREAKDOWN_DIMENSIONS.join(', ')}, or tag:feature for a facet of tags`,
      standard: 'model',
    },
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch stats',
    'tokenwatch stats --since 7d --by app',
    'tokenwatch stats --by tag:feature',
    'tokenwatch stats -t all --json',
  ],
  async run(context) {
    const by = parseDimension(String(context.options.by));
    if (by === null)
      throw new TokenWatchError('invalid_argument', `--by "${context.options.by}" is not ${DIMENSION_FORM}.`);
    const name = rangeNameOf(context.options);
    const { summary, rows } = await ask(context, 'stats', { range: name, by, limit: ROWS_MAX });
    if (context.options.json) {
      context.print(JSON.stringify({ since: name, summary, by, rows }, null, 2));
      return;
    }
    const share = summary.inputTokens === 0 ? 0 : (100 * summary.cacheReadTokens) / summary.inputTokens;
    context.print(`Requests  ${formatCount(summary.requests)} (${summary.failedRequests} failed, ${summary.inFlightRequests} in flight), ${name === 'all' ? 'all time' : `last ${name}`}
Input     ${formatCount(summary.inputTokens)} tokens (${share.toFixed(0)} % from the provider's cache)
Output    ${formatCount(summary.outputTokens)} tokens
Cost      ${formatCost(summary)}
Latency   p50 ${formatMs(summary.latencyMs?.p50)}, p95 ${formatMs(summary.latencyMs?.p95)}, p99 ${formatMs(summary.latencyMs?.p99)}
`);
    const columns = [
      { title: by.toUpperCase() },
      { title: 'REQUESTS', alignRight: true },
      { title: 'INPUT', alignRight: true },
      { title: 'OUTPUT', alignRight: true },
      { title: 'COST', alignRight: true },
    ];
    const cells = rows.map((row) => [
      row.key ?? '(none)',
      formatCount(row.requests),
      formatCount(row.inputTokens),
      formatCount(row.outputTokens),
      formatCost(row),
    ]);
    for (const line of tableLines(columns, cells, context.columns)) context.print(line);
  },
};
