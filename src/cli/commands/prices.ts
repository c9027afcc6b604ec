// `tokenwatch prices MODEL`: what a model costs here, and where that figure comes from.

import { TokenWatchError } from '../../core/errors.ts';
import { loadPriceBook } from '../../pricing/price-book.ts';
import type { Rate } from '../../pricing/rates.ts';
import { type Command, JSON_OPTION } from '../command.ts';
import { tableLines } from '../table.ts';

const CATALOGUE = '@pydantic/genai-prices 0.1.8';

/** Shown without a MODEL: the models of the list `spec`, in use or not. */
const USUAL_MODELS = [
  'claude-opus-4-6',
  'claude-sonnet-4-5',
  'claude-haiku-4-5',
  'glm-4.7',
  'glm-4.7-flash',
  'gpt-4o',
];

export const prices: Command = {
  name: 'prices',
  summary: 'what a model costs, and where the price comes from',
  argument: '[model]',
  options: [JSON_OPTION],
  examples: [
    'tokenwatch prices',
    'tokenwatch prices claude-sonnet-4-5',
    'TOKENWATCH_PRICES=spec tokenwatch prices',
  ],
  async run(context) {
    const book = loadPriceBook(context.settings().TOKENWATCH_PRICES);
    const nowMs = Date.now();
    const [wanted] = context.arguments;
    const names = wanted === undefined ? USUAL_MODELS : [wanted];
    const found = names.map((name) => ({ name, priced: book.describe(name, '', nowMs) }));
    if (wanted !== undefined && found[0]?.priced === null) {
      throw new TokenWatchError(
        'no_data',
        `No price is known for "${wanted}". Give it one in a file named by TOKENWATCH_PRICES (docs/pricing.md).`,
      );
    }
    const asOf = new Date(nowMs).toISOString().slice(0, 10);
    if (context.options.json) {
      const rows = found.map(({ name, priced }) => ({
        model: name,
        asOf,
        ...(priced ?? { source: null, rates: null }),
      }));
      context.print(JSON.stringify(rows, null, 2));
      return;
    }
    const right = (title: string) => ({ title, alignRight: true });
    const columns = [
      { title: 'MODEL' },
      right('IN'),
      right('OUT'),
      right('READ'),
      right('5M'),
      right('1H'),
      { title: 'SOURCE' },
    ];
    const rows = found.map(({ name, priced }) => {
      const rates = priced?.rates ?? {};
      const figures = [rates.input, rates.output, rates.cacheRead, rates.cacheWrite5m, rates.cacheWrite1h];
      return [
        name,
        ...figures.map(formatRate),
        priced === null ? 'unknown' : (priced.provider ?? priced.source),
      ];
    });
    for (const line of tableLines(columns, rows, context.columns)) context.print(line);
    context.print(`\nDollars per million tokens on ${asOf}: input, output, cache read, cache writes for 5 minutes and 1 hour.
A second figure applies to long prompts. Providers' prices come from ${CATALOGUE}.`);
  },
};

function formatRate(rate: Rate | undefined): string {
  if (rate === undefined) return '-';
  if (typeof rate === 'number') return String(rate);
  return [rate.base, ...rate.tiers.map((tier) => tier.price)].join(' / ');
}
