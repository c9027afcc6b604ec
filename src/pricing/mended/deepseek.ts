// DeepSeek's price list of today, and the last one that knew its old names.

import type { PriceRowInput } from '../row-rates.ts';
import type { MendedRow } from './mended-row.ts';

const PAGE = 'https://api-docs.deepseek.com/quick_start/pricing';
const FACTS = { seller: 'deepseek', page: PAGE, readOn: '2026-11-25' } as const;

const FLASH = { input: 0.15, output: 0.6, cacheRead: 0.003 };
const PEAK_FLASH = { input: 0.3, output: 1.2, cacheRead: 0.006 };
const FLASH_NAMES = ['deepseek-flash', 'deepseek-v4-flash', 'deepseek-v4-flash-vision-exp'];
const peaks = (prices: PriceRowInput): NonNullable<MendedRow['hours']> => [
  { from: '01:00', to: '04:00', prices },
  { from: '06:00', to: '10:00', prices },
];
/** The searches of a model that answers, from the first of November in Beijing on: free before, in some agents. */
const SEARCHED = { since: '2026-11-01', readOn: '2026-11-28' } as const;
const SEARCH = { webSearch: 0.75 };

export const DEEPSEEK_ROWS: readonly MendedRow[] = [
  // Names of V3.2, withdrawn on 2026-07-24: the last prices that stood beside them. The catalogue has those of early
  // 2025.
  {
    ...FACTS,
    models: ['deepseek-chat', 'deepseek-reasoner'],
    prices: { input: 0.28, output: 0.42, cacheRead: 0.028 },
  },
  // What those names led to once, by its own name, as others serve it: the last prices of DeepSeek's own, without the
  // discount of the night, which ended on 2025-09-05 with them.
  {
    ...FACTS,
    models: ['deepseek-r1', 'deepseek-r1-0528'],
    prices: { input: 0.55, output: 2.19, cacheRead: 0.14 },
  },
  {
    ...FACTS,
    models: ['deepseek-v3', 'deepseek-v3-0324', 'deepseek-chat-v3-0324'],
    prices: { input: 0.27, output: 1.1, cacheRead: 0.07 },
  },
  // The old names are served by V4.1 Flash, at its price.
  {
    ...FACTS,
    models: FLASH_NAMES,
    since: '2026-09-10',
    prices: FLASH,
    hours: peaks(PEAK_FLASH),
  },
  {
    ...FACTS,
    ...SEARCHED,
    models: FLASH_NAMES,
    prices: { ...FLASH, ...SEARCH },
    hours: peaks({ ...PEAK_FLASH, ...SEARCH }),
  },
  { ...FACTS, ...SEARCHED, models: ['deepseek-v4-pro'], isPatch: true, prices: SEARCH },
];
