// `tokenwatch cost by-tag`, `by-app`, `by-session`, `by-model` and `by-upstream`.

import type { BreakdownRow, SessionRow } from '../../../core/analytics.ts';
import { parseDimension } from '../../../core/analytics.ts';
import { breakdownOf, type CostDimension } from '../../../core/cost-dimensions.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { formatUsd } from '../../../core/money.ts';
import { deletedWords } from '../../../core/retention.ts';
import type { Answer } from '../../../dashboard/contract.ts';
import { optionText } from '../../budgets.ts';
import { type Command, type CommandContext, JSON_OPTION, SINCE_OPTIONS } from '../../command.ts';
import { formatCost, rangeNameOf } from '../../records.ts';
import { wholeNumberOf } from '../../rules.ts';
import { ask } from '../../server.ts';
import { formatCount, tableLines } from '../../table.ts';

const RANGE_STANDARD = '30d';
const LIMIT_OPTION = { flags: '--limit <count>', about: 'how many rows, the dearest first', standard: '50' };
const FACET_OPTION = { flags: '--facet <name>', about: 'by one facet of the tags, such as team' };

export const costByTag = costBy('tag');
export const costByApp = costBy('app');
export const costByModel = costBy('model');
export const costByUpstream = costBy('upstream');

export const costBySession: Command = {
  name: 'cost by-session',
  summary: 'what each conversation or agent’s run cost, and what caches saved it',
  options: [...SINCE_OPTIONS, LIMIT_OPTION, JSON_OPTION],
  examples: ['tokenwatch cost by-session', 'tokenwatch cost by-session --since 7d --limit 10'],
  async run(context) {
    const range = rangeNameOf(context.options, RANGE_STANDARD);
    const limit = wholeNumberOf(context, 'limit', '--limit');
    const answer = await ask(context, 'costBySession', { range, limit });
    print(context, answer, SESSION_COLUMNS, sessionCells);
    if (answer.rowsFromMs > 0 && !context.options.json) context.print(deletedWords(answer.rowsFromMs));
  },
};

const ENDPOINTS = {
  tag: 'costByTag',
  app: 'costByApp',
  model: 'costByModel',
  upstream: 'costByUpstream',
} as const;

function costBy(by: Exclude<CostDimension, 'session'>): Command {
  return {
    name: `cost by-${by}`,
    summary: `what was spent, by ${by}`,
    options: [...SINCE_OPTIONS, ...(by === 'tag' ? [FACET_OPTION] : []), LIMIT_OPTION, JSON_OPTION],
    examples: [
      `tokenwatch cost by-${by} --since 7d`,
      ...(by === 'tag' ? ['tokenwatch cost by-tag --facet team'] : []),
    ],
    async run(context) {
      const range = rangeNameOf(context.options, RANGE_STANDARD);
      const limit = wholeNumberOf(context, 'limit', '--limit');
      const facet = optionText(context, 'facet') ?? null;
      if (parseDimension(breakdownOf(by, facet)) === null)
        throw new TokenWatchError(
          'invalid_argument',
          `--facet "${facet}" is not the name of a facet, such as team.`,
        );
      const answer = await ask(context, ENDPOINTS[by], { range, limit, ...(facet !== null && { facet }) });
      const { summary } = await ask(context, 'stats', { range, limit: 1 });
      print(context, answer, columnsOf(answer.by), (row) => cells(row, summary.costNanoUsd));
    },
  };
}

function print<Row extends object>(
  context: CommandContext,
  answer: Pick<Answer<'costByTag'>, 'range' | 'fromMs' | 'toMs'> & {
    readonly by: string;
    readonly rows: readonly Row[];
  },
  columns: Parameters<typeof tableLines>[0],
  cellsOf: (row: Row) => readonly string[],
): void {
  const { range: since, fromMs, toMs, by, rows } = answer;
  if (context.options.json) context.print(JSON.stringify({ since, fromMs, toMs, by, rows }, null, 2));
  else if (rows.length === 0)
    context.print(`There is nothing to tell ${since === 'all' ? 'yet' : `of the last ${since}`}.`);
  else for (const line of tableLines(columns, rows.map(cellsOf), context.columns)) context.print(line);
}

/** On a narrow terminal these go, the first one first: who spent it, how much and what was saved is what is asked. */
const GOES = ['FROM CACHE', 'FAILED', 'OUTPUT', 'INPUT', 'END'];
const numbers = (...titles: readonly string[]) =>
  titles.map((title) => ({
    title,
    alignRight: true,
    ...(GOES.includes(title) && { goes: GOES.indexOf(title) }),
  }));

const columnsOf = (by: string) => [
  { title: by.toUpperCase() },
  ...numbers('REQUESTS', 'FAILED', 'INPUT', 'FROM CACHE', 'OUTPUT', 'COST', 'SHARE'),
];

function cells(row: BreakdownRow, totalNanoUsd: number): readonly string[] {
  return [
    row.key ?? '(none)',
    formatCount(row.requests),
    formatCount(row.failedRequests),
    formatCount(row.inputTokens),
    share(row.cacheReadTokens, row.inputTokens),
    formatCount(row.outputTokens),
    formatCost(row),
    share(row.costNanoUsd, totalNanoUsd),
  ];
}

const SESSION_COLUMNS = [
  { title: 'SESSION' },
  { title: 'APP' },
  // Aligned like numbers: a time is never cut short.
  ...numbers(
    'START (UTC)',
    'END',
    'TURNS',
    'INPUT',
    'FROM CACHE',
    'OUTPUT',
    'COST',
    'SAVED',
    'PROVIDER SAVED',
  ),
];

function sessionCells(row: SessionRow): readonly string[] {
  const at = (ms: number): string => new Date(ms).toISOString().slice(5, 16).replace('T', ' ');
  const unpriced = row.unpricedTurns > 0 ? ` + ${row.unpricedTurns} unpriced` : '';
  const isUnknown = row.costNanoUsd === 0 && row.unpricedTurns > 0;
  return [
    row.session,
    row.otherApps > 0 ? `${row.app} and ${row.otherApps} more` : row.app,
    at(row.startedAtMs),
    at(row.endedAtMs),
    formatCount(row.turns),
    formatCount(row.inputTokens),
    share(row.cacheReadTokens, row.inputTokens),
    formatCount(row.outputTokens),
    isUnknown ? 'unknown' : formatUsd(row.costNanoUsd) + unpriced,
    row.cachedTurns > 0 ? `${formatUsd(row.savedNanoUsd)} (${row.cachedTurns})` : '-',
    promptCacheWords(row),
  ];
}

/** Below zero where writing to the cache cost more than reading from it saved. */
function promptCacheWords({ promptCacheSavedNanoUsd: saved, promptCacheUnknownTurns }: SessionRow): string {
  if (saved === null) return 'unknown';
  if (saved === 0 && promptCacheUnknownTurns === 0) return '-';
  const unknown = promptCacheUnknownTurns > 0 ? ` + ${promptCacheUnknownTurns} unknown` : '';
  return `${saved < 0 ? '-' : ''}${formatUsd(Math.abs(saved))}${unknown}`;
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(0)} %`;
}
