// `tokenwatch cost compare`: what recorded requests would have cost otherwise.

import type { RequestFilter } from '../../../core/analytics.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { formatUsd } from '../../../core/money.ts';
import { deletedWords } from '../../../core/retention.ts';
import { printable } from '../../../core/shown-text.ts';
import {
  type ComparedSum,
  type ComparisonResult,
  CostComparison,
} from '../../../dashboard/reports/cost-comparison.ts';
import { type DecidableRules, decidableRules } from '../../../policy/recorded-request.ts';
import { ruleSetOf } from '../../../policy/rules.ts';
import { loadPriceBook } from '../../../pricing/price-book.ts';
import { CACHE_WISHES, TIER_WISHES, type WhatIf } from '../../../pricing/what-if.ts';
import { visitStore } from '../../../storage/registry.ts';
import type { Visit } from '../../../storage/store.ts';
import { optionText } from '../../budgets.ts';
import { type Command, type CommandContext, JSON_OPTION, SINCE_OPTIONS } from '../../command.ts';
import { allRecords, rangeOf } from '../../records.ts';
import { formatCount, tableLines } from '../../table.ts';

export const costCompare: Command = {
  name: 'cost compare',
  summary: 'what if: what requests would have cost with another model, tier, cache or the rules of now',
  options: [
    { flags: '--to <model>', about: 'the model that would have answered' },
    { flags: '--upstream <origin>', about: 'where it would run, such as https://api.groq.com (its maker’s)' },
    { flags: '--tier <tier>', about: 'in this tier of service', choices: TIER_WISHES },
    { flags: '--cache <life>', about: 'with this life of the provider’s cache', choices: CACHE_WISHES },
    { flags: '--rules', about: 'with the routing rules and A/B tests that are in force now' },
    ...SINCE_OPTIONS,
    { flags: '--app <app>', about: 'only requests of this application' },
    { flags: '--tag <tag>', about: 'only requests with this tag, or facet of a tag (team=growth)' },
    { flags: '--model <model>', about: 'only requests of this model' },
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch cost compare --to claude-haiku-4-5',
    'tokenwatch cost compare --to glm-4.7 --since 7d --model claude-sonnet-4-5',
    'tokenwatch cost compare --tier batch --app nightly-report',
    'tokenwatch cost compare --rules',
  ],
  async run(context) {
    const { name, range } = rangeOf(context.options, Date.now(), '30d');
    const what = whatIfOf(context);
    const settings = context.settings();
    const book = loadPriceBook(settings.TOKENWATCH_PRICES, settings.TOKENWATCH_DATA_DIR);
    const visit = await visitStore(settings, 'refuse');
    try {
      const rules = context.options.rules === true ? await rulesOf(visit) : null;
      const comparison = new CostComparison(book, what, rules);
      for await (const record of allRecords(visit.analytics, context.signal, range, filterOf(context)))
        comparison.add(record);
      const rowsFromMs = await visit.analytics.rowsFromMs();
      if (context.options.json === true)
        context.print(JSON.stringify({ ...comparison.result(), rowsFromMs }, null, 2));
      else {
        print(context, comparison.result(), titleOf(what, rules), name);
        if (range.fromMs < rowsFromMs) context.print(deletedWords(rowsFromMs));
      }
    } finally {
      await visit.close();
    }
  },
};

function whatIfOf(context: CommandContext): WhatIf {
  const text = (name: string): string | null => optionText(context, name) ?? null;
  const [model, tier, cache] = [text('to'), text('tier'), text('cache')];
  if (model === null && tier === null && cache === null && context.options.rules !== true)
    throw new TokenWatchError(
      'invalid_argument',
      'cost compare needs --to MODEL, --tier, --cache or --rules: what would have been otherwise.',
    );
  if (model !== null && context.options.rules === true)
    throw new TokenWatchError('invalid_argument', 'Rules choose the model: give --to or --rules, not both.');
  return { model, upstream: text('upstream'), tier, cache: cache as WhatIf['cache'] };
}

function filterOf(context: CommandContext): RequestFilter {
  const given = (['app', 'tag', 'model'] as const).map((name) => [name, optionText(context, name)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

async function rulesOf({ rules: book }: Visit): Promise<DecidableRules> {
  const stored = await book.rules();
  return decidableRules(ruleSetOf(stored.version, stored.entries, () => undefined));
}

function titleOf({ model, tier, cache }: WhatIf, rules: DecidableRules | null): string {
  const parts = [
    model === null ? null : `with ${model}`,
    tier === null ? null : `in the tier ${tier}`,
    cache === null ? null : cache === 'none' ? 'without the provider’s cache' : `with a cache of ${cache}`,
    rules === null ? null : 'under the rules of now',
  ];
  return parts.filter((part) => part !== null).join(', ');
}

function print(context: CommandContext, result: ComparisonResult, title: string, range: string): void {
  const { rows, total } = result;
  if (rows.length === 0) context.print(`No requests of ${range} can be compared.`);
  else {
    const since = range === 'all' ? 'All requests' : `The last ${range}`;
    context.print(`${since}, ${printable(title)}\n`);
    const columns = [
      { title: 'MODEL' },
      { title: 'WOULD BE' },
      ...['REQUESTS', 'NOW', 'THEN', 'CHANGE'].map((title) => ({
        title,
        alignRight: true,
        ...(title === 'REQUESTS' && { goes: 0 }),
      })),
    ];
    const cells = [...rows, { from: 'total', to: '', ...total }].map((row) => [
      row.from,
      row.to,
      formatCount(row.requests),
      formatUsd(row.nowNanoUsd),
      formatUsd(row.thenNanoUsd),
      changeOf(row),
    ]);
    for (const line of tableLines(columns, cells, context.columns)) context.print(line);
    if (total.leastNanoUsd !== total.mostNanoUsd)
      context.print(`
Measured tokens at the other price. Another model counts and answers in its own
way: at 20 % fewer or more tokens it would be ${formatUsd(total.leastNanoUsd)} to ${formatUsd(total.mostNanoUsd)}.`);
  }
  for (const line of notesOf(result)) context.print(line);
}

function changeOf({ nowNanoUsd, thenNanoUsd }: ComparedSum): string {
  if (nowNanoUsd === 0) return '-';
  const percent = Math.round((100 * (thenNanoUsd - nowNanoUsd)) / nowNanoUsd);
  return `${percent > 0 ? '+' : ''}${percent} %`;
}

function notesOf({ leftOut, otherWork, rulesBeyondRecords: beyond }: ComparisonResult): readonly string[] {
  const { unknownNow, unknownThen } = leftOut;
  return [
    ...(otherWork.length > 0
      ? [
          'Not comparable, since another kind of model does that:',
          ...otherWork.map(
            ({ kind, requests, nowNanoUsd }) =>
              `  ${kind}: ${formatCount(requests)} (${formatUsd(nowNanoUsd)} now)`,
          ),
        ]
      : []),
    ...(unknownNow > 0 ? [`Left out: ${formatCount(unknownNow)} of unknown cost.`] : []),
    ...(unknownThen > 0 ? [`Left out: ${formatCount(unknownThen)} whose price would be unknown.`] : []),
    ...(beyond.length > 0
      ? [
          `Taken as not matching, since records do not keep what they look at: ${beyond.map(printable).join(', ')}.`,
        ]
      : []),
  ];
}
