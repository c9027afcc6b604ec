// xAI's retired names still answer: they lead to newer models, at those models' prices.

import type { PriceRowInput } from '../row-rates.ts';
import type { MendedRow } from './mended-row.ts';

const RETIREMENT = 'https://docs.x.ai/developers/migration/may-15-retirement';
/** Noon in California is the evening here: the dearer of the two counts for the whole day. */
const RETIRED = '2026-05-15';

const row = (
  models: readonly string[],
  prices: PriceRowInput,
  longer: PriceRowInput,
  rest: Partial<MendedRow>,
): MendedRow => ({
  seller: 'x-ai',
  models,
  page: 'https://docs.x.ai/developers/models',
  readOn: '2026-11-27',
  prices,
  // "Requests whose prompt reaches 200k tokens".
  above: [[199_999, longer]],
  ...rest,
});

/** Grok 4.3's and 4.20's. */
const PLAIN: PriceRowInput = { input: 1.25, output: 2.5, cacheRead: 0.2 };
const LONGER: PriceRowInput = { input: 2.5, output: 5, cacheRead: 0.4 };

const stages = (name: string, kinds: readonly string[]): readonly string[] =>
  kinds.flatMap((kind) => [`${name}${kind}`, `${name}${kind}-latest`]);

export const XAI_ROWS: readonly MendedRow[] = [
  row(
    [
      ...['grok-4.20', 'grok-4.20-0309', 'grok-4.20-beta', 'grok-4.20-beta-latest'],
      ...stages('grok-4.20', ['-reasoning', '-non-reasoning', '-multi-agent']),
      ...['-reasoning', '-non-reasoning', ''].map((kind) => `grok-4.20-beta-0309${kind}`),
      ...['-reasoning', '-non-reasoning', '-multi-agent'].flatMap((kind) => [
        `grok-4.20-0309${kind}`,
        `grok-4.20${kind}-0309`,
        `grok-4.20-beta${kind}`,
      ]),
    ],
    PLAIN,
    LONGER,
    {},
  ),
  row(
    [
      ...['grok-3', 'grok-3-latest', 'grok-3-beta', 'grok-4', 'grok-4-0709', 'grok-4-latest'],
      ...stages('grok-4-fast', ['', '-reasoning', '-non-reasoning']),
      ...stages('grok-4-1-fast', ['', '-reasoning', '-non-reasoning']),
    ],
    PLAIN,
    LONGER,
    { page: RETIREMENT, since: RETIRED, isRedirect: true },
  ),
  row(
    ['grok-code-fast', 'grok-code-fast-1', 'grok-code-fast-1-0825'],
    { input: 1, output: 2, cacheRead: 0.2 },
    { input: 2, output: 4, cacheRead: 0.4 },
    { page: RETIREMENT, since: RETIRED, isRedirect: true },
  ),
  row(['grok-4.7'], { input: 2, output: 6, cacheRead: 0.5 }, { input: 4, output: 12, cacheRead: 1 }, {}),
];
