// Bedrock's dearer places and lengths, and names of its that the catalogue takes for others. Read from the second list that
// `prices:compare` sets beside ours: Amazon's own page has a table for each region.

import type { PriceRowInput } from '../row-rates.ts';
import type { MendedRow } from './mended-row.ts';

const row = (models: readonly string[], prices: PriceRowInput, rest: Partial<MendedRow> = {}): MendedRow => ({
  seller: 'aws',
  models,
  page: 'https://aws.amazon.com/bedrock/pricing/',
  readOn: '2026-11-28',
  prices,
  ...rest,
});

/** Sonnet 4 and 4.5 cost twice as much to read above 200,000 tokens here as well, and half as much again to write. */
const sonnet = (models: readonly string[], input: number): MendedRow => {
  const usd = (times: number): number => Math.round(input * times * 1e6) / 1e6;
  return row(
    models,
    { input, output: usd(5), cacheRead: usd(0.1), cacheWrite5m: usd(1.25), cacheWrite1h: usd(2) },
    {
      above: [
        [
          200_000,
          {
            input: usd(2),
            output: usd(7.5),
            cacheRead: usd(0.2),
            cacheWrite5m: usd(2.5),
            cacheWrite1h: usd(4),
          },
        ],
      ],
    },
  );
};

/** The government's regions take a fifth more than the global price. */
const government = (name: string, input: number, cacheRead: number): MendedRow => {
  const usd = (times: number): number => Math.round(input * times * 1e6) / 1e6;
  const writes = { cacheWrite5m: usd(1.25), cacheWrite1h: usd(2) };
  return row([`us-gov.anthropic.claude-${name}`], { input, output: usd(5), cacheRead, ...writes });
};

const nova = (name: string, input: number, output: number, cacheRead: number): MendedRow =>
  row([`${name}:0`, name], { input, output, cacheRead });

/** With a cache of an hour, at twice the input. */
const HOURS: readonly string[] = [
  ...[
    'haiku-4-5-20251001-v1:0',
    'opus-4-5-v1:0',
    'opus-4-6-v1:0',
    'opus-4-7-v1:0',
    'opus-4-8-v1:0',
    'opus-5',
  ],
  ...['opus-5-5', 'sonnet-4-6-v1:0', 'sonnet-5-v1:0', 'fable-5-v1:0', 'fable-5-1-v1:0'],
].flatMap((name) => [`global.anthropic.claude-${name}`, `regional.anthropic.claude-${name}`]);

/** What a place adds to the global price: a region or a continent a tenth, the government's regions a fifth. */
const PLACES: readonly (readonly [places: readonly string[], times: number])[] = [
  [['global.'], 1],
  [['', 'us.', 'eu.', 'jp.', 'apac.', 'au.'], 1.1],
  [['us-gov.'], 1.2],
];

/** A model that is newer than the catalogue, by its global prices. */
const claude = (
  name: string,
  input: number,
  cacheRead: number,
  above: readonly [inputTokens: number, input: number, cacheRead: number] | null = null,
): readonly MendedRow[] =>
  PLACES.map(([places, times]) => {
    const usd = (price: number): number => Math.round(price * times * 1e6) / 1e6;
    const prices = (read: number, cached: number): PriceRowInput => ({
      input: usd(read),
      output: usd(read * 5),
      cacheRead: usd(cached),
      cacheWrite5m: usd(read * 1.25),
      cacheWrite1h: usd(read * 2),
    });
    const models = places.map((place) => `${place}anthropic.claude-${name}`);
    const longer = above === null ? {} : { above: [[above[0], prices(above[1], above[2])] as const] };
    return row(models, prices(input, cacheRead), longer);
  });

export const AMAZON_ROWS: readonly MendedRow[] = [
  ...claude('sonnet-5-5', 2, 0.1),
  ...claude('haiku-5-5', 0.1, 0.01, [100_000, 0.5, 0.05]),
  ...claude('mythos-5', 10, 1),
  ...claude('mythos-5-1', 10, 0.25),
  row(HOURS, {}, { isPatch: true, alike: { cacheWrite1h: ['input', 2] } }),
  sonnet(['global.anthropic.claude-sonnet-4-5-20250929-v1:0'], 3),
  sonnet(['regional.anthropic.claude-sonnet-4-5-20250929-v1:0'], 3.3),
  sonnet(
    ['global.anthropic.claude-sonnet-4-20250514-v1:0', 'regional.anthropic.claude-sonnet-4-20250514-v1:0'],
    3,
  ),
  sonnet(['us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0'], 3.6),
  government('sonnet-5', 2.4, 0.24),
  government('opus-4-8', 6, 0.6),
  government('opus-5', 6, 0.6),
  government('opus-5-5', 4.8, 0.24),
  government('fable-5-1', 12, 0.3),
  nova('eu.amazon.nova-micro-v1', 0.046, 0.184, 0.0115),
  nova('eu.amazon.nova-lite-v1', 0.078, 0.312, 0.0195),
  nova('eu.amazon.nova-pro-v1', 1.05, 4.2, 0.2625),
  nova('eu.amazon.nova-2-lite-v1', 0.429, 3.597, 0.10725),
  nova('jp.amazon.nova-2-lite-v1', 0.396, 3.311, 0.099),
  nova('apac.amazon.nova-micro-v1', 0.037, 0.148, 0.00925),
  nova('apac.amazon.nova-lite-v1', 0.063, 0.252, 0.01575),
  nova('apac.amazon.nova-pro-v1', 0.84, 3.36, 0.21),
  row(['eu.meta.llama3-2-1b-instruct-v1:0'], { input: 0.13, output: 0.13 }),
  row(['eu.meta.llama3-2-3b-instruct-v1:0'], { input: 0.19, output: 0.19 }),
  row(['amazon.titan-embed-text-v2:0'], { input: 0.02, output: 0 }),
];
