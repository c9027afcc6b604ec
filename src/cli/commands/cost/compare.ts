// `tokenwatch cost compare`: what recorded requests would have cost otherwise.

import type { RequestFilter } from '../../../core/analytics.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { formatUsd } from '../../../core/money.ts';
import type { RequestRecord } from '../../../core/record.ts';
import { type Plan, plan } from '../../../policy/plan.ts';
import { type DecidableRules, decidableRules, recordedRequest } from '../../../policy/recorded-request.ts';
import { ruleSetOf } from '../../../policy/rules.ts';
import { loadPriceBook, type PriceBook } from '../../../pricing/price-book.ts';
import { CACHE_WISHES, costIf, costRangeIf, isComparable, type WhatIf } from '../../../pricing/what-if.ts';
import { visitStore } from '../../../storage/registry.ts';
import type { Visit } from '../../../storage/store.ts';
import { optionText } from '../../budgets.ts';
import { type Command, type CommandContext, JSON_OPTION, SINCE_OPTIONS } from '../../command.ts';
import { allRecords, rangeOf } from '../../records.ts';
import { formatCount, printable, tableLines } from '../../table.ts';

/** Another model counts tokens by its own tokenizer, and answers at its own length: by so much more or less. */
const TOKEN_SHARE = 0.2;
const TIERS = ['standard', 'flex', 'batch', 'priority'];

export const costCompare: Command = {
  name: 'cost compare',
  summary: 'what if: what requests would have cost with another model, tier, cache or the rules of now',
  options: [
    { flags: '--to <model>', about: 'the model that would have answered' },
    { flags: '--upstream <origin>', about: 'where it would run, such as https://api.groq.com (its maker’s)' },
    { flags: '--tier <tier>', about: 'in this tier of service', choices: TIERS },
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
      const comparison = new Comparison(book, what, rules);
      for await (const record of allRecords(visit.analytics, range, filterOf(context)))
        comparison.add(record);
      if (context.options.json === true) context.print(JSON.stringify(comparison.result(), null, 2));
      else print(context, comparison.result(), titleOf(what, rules), name);
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

interface Sum {
  requests: number;
  nowNanoUsd: number;
  thenNanoUsd: number;
  leastNanoUsd: number;
  mostNanoUsd: number;
}

export interface ComparisonResult {
  readonly rows: readonly (Sum & { readonly from: string; readonly to: string })[];
  readonly total: Sum;
  /** Requests that are in no sum, and why. */
  readonly leftOut: { readonly unknownNow: number; readonly unknownThen: number; readonly free: number };
  /** Rules that look at what records do not keep: taken as not matching. */
  readonly rulesBeyondRecords: readonly string[];
}

class Comparison {
  readonly #book: PriceBook;
  readonly #what: WhatIf;
  readonly #rules: DecidableRules | null;
  readonly #rows = new Map<string, Sum & { from: string; to: string }>();
  readonly #leftOut = { unknownNow: 0, unknownThen: 0, free: 0 };

  constructor(book: PriceBook, what: WhatIf, rules: DecidableRules | null) {
    this.#book = book;
    this.#what = what;
    this.#rules = rules;
  }

  add(record: RequestRecord): void {
    if (record.outcome === 'in_flight') return;
    if (!isComparable(record)) {
      this.#leftOut[record.costNanoUsd === null ? 'unknownNow' : 'free'] += 1;
      return;
    }
    const from = record.modelUsed ?? record.modelRequested ?? record.endpoint;
    const what = this.#whatFor(record);
    const then = costIf(this.#book, record, what);
    const [least, most] =
      what.model === null ? [then, then] : costRangeIf(this.#book, record, what, TOKEN_SHARE);
    if (then === null || least === null || most === null) {
      this.#leftOut.unknownThen += 1;
      return;
    }
    const to = what.model ?? from;
    const key = JSON.stringify([from, to]);
    const row = this.#rows.get(key) ?? { from, to, ...NOTHING };
    addTo(row, {
      requests: 1,
      nowNanoUsd: record.costNanoUsd ?? 0,
      thenNanoUsd: then,
      leastNanoUsd: least,
      mostNanoUsd: most,
    });
    this.#rows.set(key, row);
  }

  result(): ComparisonResult {
    const rows = [...this.#rows.values()].sort((a, b) => b.nowNanoUsd - a.nowNanoUsd);
    const total = { ...NOTHING };
    for (const row of rows) addTo(total, row);
    return { rows, total, leftOut: this.#leftOut, rulesBeyondRecords: this.#rules?.beyond ?? [] };
  }

  /** By the planner's own fold where rules are asked; a request that they leave alone stays as it was. */
  #whatFor(record: RequestRecord): WhatIf {
    if (this.#rules === null) return this.#what;
    const planned: Plan = plan(this.#rules.rules, recordedRequest(record));
    const ran = record.modelSent ?? record.modelRequested;
    if (planned.model === null || planned.model === ran) return this.#what;
    const upstream = planned.upstream?.base.origin ?? (planned.foreignApi === null ? record.upstream : '');
    return { ...this.#what, model: planned.model, upstream: this.#what.upstream ?? upstream };
  }
}

const NOTHING: Sum = { requests: 0, nowNanoUsd: 0, thenNanoUsd: 0, leastNanoUsd: 0, mostNanoUsd: 0 };

function addTo(sum: Sum, more: Sum): void {
  sum.requests += more.requests;
  sum.nowNanoUsd += more.nowNanoUsd;
  sum.thenNanoUsd += more.thenNanoUsd;
  sum.leastNanoUsd += more.leastNanoUsd;
  sum.mostNanoUsd += more.mostNanoUsd;
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
  const { rows, total, leftOut } = result;
  if (rows.length === 0) context.print(`No requests of ${range} can be compared.`);
  else {
    const since = range === 'all' ? 'All requests' : `The last ${range}`;
    context.print(`${since}, ${printable(title)}\n`);
    const columns = [
      { title: 'MODEL' },
      { title: 'WOULD BE' },
      ...['REQUESTS', 'NOW', 'THEN', 'CHANGE'].map((name) => ({ title: name, alignRight: true })),
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
  for (const line of notesOf(leftOut, result.rulesBeyondRecords)) context.print(line);
}

function changeOf({ nowNanoUsd, thenNanoUsd }: Sum): string {
  if (nowNanoUsd === 0) return '-';
  const percent = Math.round((100 * (thenNanoUsd - nowNanoUsd)) / nowNanoUsd);
  return `${percent > 0 ? '+' : ''}${percent} %`;
}

function notesOf(leftOut: ComparisonResult['leftOut'], beyond: readonly string[]): readonly string[] {
  const { unknownNow, unknownThen } = leftOut;
  return [
    ...(unknownNow > 0 ? [`Left out: ${formatCount(unknownNow)} of unknown cost.`] : []),
    ...(unknownThen > 0 ? [`Left out: ${formatCount(unknownThen)} whose price would be unknown.`] : []),
    ...(beyond.length > 0
      ? [
          `Taken as not matching, since records do not keep what they look at: ${beyond.map(printable).join(', ')}.`,
        ]
      : []),
  ];
}
