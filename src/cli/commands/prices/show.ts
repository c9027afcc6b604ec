// `tokenwatch prices [MODEL]`: what a model costs here, where that figure comes from, and since when.

import { TokenWatchError } from '../../../core/errors.ts';
import type { PriceDescription, PriceRow } from '../../../pricing/describe-price.ts';
import { loadPriceBook, type PriceBook } from '../../../pricing/price-book.ts';
import { type Command, type CommandContext, JSON_OPTION } from '../../command.ts';
import { type Column, tableLines } from '../../table.ts';

/** Shown without a MODEL, after the user's own rows: those of the list `spec`, in use or not. */
const USUAL_MODELS = [
  'claude-opus-4.6',
  'claude-sonnet-4.5',
  'claude-haiku-4.5',
  'glm-4.7',
  'glm-4.7-flash',
  'gpt-4o',
] as const;
const SUGGESTIONS_MAX = 3;

export const prices: Command = {
  name: 'prices',
  summary: 'what a model costs, and where the price comes from',
  argument: '[model]',
  options: [
    { flags: '--upstream <origin>', about: 'the price at this seller, such as https://api.groq.com' },
    { flags: '--all', about: 'every price there is' },
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch prices',
    'tokenwatch prices claude-sonnet-4-5',
    'tokenwatch prices openai/gpt-oss-120b --upstream https://api.groq.com',
    'TOKENWATCH_PRICES=spec tokenwatch prices',
  ],
  async run(context) {
    const { TOKENWATCH_PRICES, TOKENWATCH_DATA_DIR } = context.settings();
    const book = loadPriceBook(TOKENWATCH_PRICES, TOKENWATCH_DATA_DIR);
    const atMs = Date.now();
    const [model] = context.arguments;
    if (model !== undefined)
      printModel(context, describeOrExplain(book, model, context.options.upstream, atMs));
    else if (context.options.all === true) printAll(context, book, atMs);
    else printUsual(context, book, atMs);
  },
};

function describeOrExplain(
  book: PriceBook,
  model: string,
  upstream: unknown,
  atMs: number,
): PriceDescription {
  const price = book.describe(model, typeof upstream === 'string' ? { upstream, atMs } : { atMs });
  if (price !== null) return price;
  const names = book.suggest(model, SUGGESTIONS_MAX);
  const question = names.length === 0 ? '' : ` Did you mean ${names.join(' or ')}?`;
  throw new TokenWatchError(
    'no_data',
    `No price is known for "${model}".${question} Give it one: tokenwatch prices set ${shellWord(model)} --input 1 --output 2 (dollars per million tokens).`,
  );
}

/** As a shell takes it for one word. */
function shellWord(text: string): string {
  return /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function printModel(context: CommandContext, price: PriceDescription): void {
  if (context.options.json === true) {
    context.print(JSON.stringify(price, null, 2));
    return;
  }
  const { model, rows } = price;
  context.print(`${model}: ${sourceOf(price)}, ${price.priceDate}`);
  context.print(price.page === null ? '' : `${price.page}\n`);
  const columns: Column[] = [
    { title: '$ PER MILLION TOKENS' },
    ...rows.map((row, index) => ({ title: tierTitle(row, rows[index + 1]), alignRight: true })),
  ];
  const lines = PRICE_LINES.filter(({ shown }) => rows.some((row) => shown(row)));
  const cells = lines.map(({ label, read }) => [label, ...rows.map((row) => formatPrice(read(row)))]);
  for (const line of tableLines(columns, cells, context.columns)) context.print(line);
}

interface PriceLine {
  readonly label: string;
  readonly read: (row: PriceRow) => number | null;
  readonly shown: (row: PriceRow) => boolean;
}

const PRICE_LINES: readonly PriceLine[] = [
  { label: 'input', read: (row) => row.input, shown: hasTokenPrice },
  { label: 'output', read: (row) => row.output, shown: hasTokenPrice },
  { label: 'reasoning', read: (row) => row.reasoning, shown: (row) => row.reasoning !== row.output },
  { label: 'cache read', read: (row) => row.cacheRead, shown: hasTokenPrice },
  { label: 'cache write, 5 minutes', read: (row) => row.cacheWrite5m, shown: hasTokenPrice },
  { label: 'cache write, 1 hour', read: (row) => row.cacheWrite1h, shown: hasTokenPrice },
  { label: 'audio input', read: (row) => row.inputAudio, shown: (row) => row.inputAudio !== null },
  { label: 'audio cache read', read: (row) => row.cacheReadAudio, shown: (row) => row.inputAudio !== null },
  { label: 'audio output', read: (row) => row.outputAudio, shown: (row) => row.outputAudio !== null },
  ...(
    [
      ['image input', (row) => row.inputImage],
      ['image cache read', (row) => row.cacheReadImage],
      ['image output', (row) => row.outputImage],
      ['sound, per minute', (row) => row.audioPerMinute],
      ['text to be spoken, per million characters', (row) => row.perMillionCharacters],
      ['pictures, each', (row) => row.perImage],
      ['web searches, per 1,000', (row) => row.webSearchPerThousand],
      ['web_search_preview, per 1,000', (row) => row.previewSearchPerThousand],
      ['file searches, per 1,000', (row) => row.fileSearchPerThousand],
    ] as const satisfies readonly (readonly [string, PriceLine['read']])[]
  ).map(([label, read]): PriceLine => ({ label, read, shown: (row) => read(row) !== null })),
  {
    label: 'requests, per 1,000',
    read: (row) => row.requestPerThousand,
    shown: (row) => row.requestPerThousand > 0,
  },
];

/** Not so where only minutes, characters or pictures are charged. */
function hasTokenPrice(row: PriceRow): boolean {
  const isChargedOtherwise =
    row.audioPerMinute !== null || row.perMillionCharacters !== null || row.perImage !== null;
  return row.input !== null || row.output !== null || !isChargedOtherwise;
}

function tierTitle(row: PriceRow, next: PriceRow | undefined): string {
  if (row.aboveInputTokens > 0) return `INPUT OVER ${row.aboveInputTokens.toLocaleString('en-US')}`;
  return next === undefined ? 'PRICE' : `INPUT TO ${next.aboveInputTokens.toLocaleString('en-US')}`;
}

function printUsual(context: CommandContext, book: PriceBook, atMs: number): void {
  const own = book.list({ atMs }).filter(({ source }) => source === 'user');
  const patterns = own.filter(({ model }) => model.includes('*'));
  const names = [...new Set([...own.map(({ model }) => model), ...USUAL_MODELS])].filter(
    (name) => !name.includes('*'),
  );
  const found = names.map((name) => ({ name, price: book.describe(name, { atMs }) }));
  if (context.options.json === true) {
    const unknown = { provider: null, source: null, priceDate: null, rows: [] };
    context.print(
      JSON.stringify(
        [...patterns, ...found.map(({ name, price }) => price ?? { model: name, ...unknown })],
        null,
        2,
      ),
    );
    return;
  }
  const cells = found.map(({ name, price }) => {
    if (price === null) return [name, '-', '-', '-', '-', '-', 'unknown', ''];
    const [first, ...longer] = price.rows;
    const mark = longer.length > 0 ? '+' : '';
    const figures = [first?.input, first?.output, first?.cacheRead, first?.cacheWrite5m, first?.cacheWrite1h];
    return [
      name,
      ...figures.map((usd) => `${formatPrice(usd ?? null)}${mark}`),
      price.provider ?? price.source,
      price.priceDate,
    ];
  });
  const ownPatterns = patterns.map(({ model, input, output, source, priceDate }) => [
    model,
    formatPrice(input),
    formatPrice(output),
    '-',
    '-',
    '-',
    source,
    priceDate,
  ]);
  const titles = ['IN', 'OUT', 'READ', '5M', '1H'].map((title) => ({ title, alignRight: true }));
  const columns = [{ title: 'MODEL' }, ...titles, { title: 'SOURCE' }, { title: 'DATE' }];
  for (const line of tableLines(columns, [...ownPatterns, ...cells], context.columns)) context.print(line);
  context.print(`
Dollars per million tokens: input, output, cache read, cache writes for five
minutes and one hour; + is more for long prompts. A provider as the source means
its price in the catalogue, or in the table that mends it. tokenwatch prices
MODEL tells all of one model, --all lists them all, prices set changes one.`);
}

function printAll(context: CommandContext, book: PriceBook, atMs: number): void {
  const rows = book.list({ atMs });
  if (context.options.json === true) {
    context.print(JSON.stringify(rows, null, 2));
    return;
  }
  const columns = [
    { title: 'MODEL' },
    { title: 'IN', alignRight: true },
    { title: 'OUT', alignRight: true },
    { title: 'SOURCE' },
    { title: 'DATE' },
  ];
  const cells = rows.map((row) => [
    row.model,
    formatPrice(row.input),
    formatPrice(row.output),
    sourceOf(row),
    row.priceDate,
  ]);
  for (const line of tableLines(columns, cells, context.columns)) context.print(line);
}

/** A catalogue's price is some seller's; the other lists hold everywhere. */
function sourceOf({ source, provider }: { source: string; provider: string | null }): string {
  return provider === null ? source : `${source} (${provider})`;
}

function formatPrice(usd: number | null): string {
  return usd === null ? 'unknown' : String(usd);
}
