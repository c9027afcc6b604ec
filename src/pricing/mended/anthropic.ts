// Anthropic's models that are newer than the catalogue.

import type { MendedRow } from './mended-row.ts';

const PAGE = 'https://platform.claude.com/docs/en/about-claude/pricing';
const FACTS = { seller: 'anthropic', page: PAGE, readOn: '2026-11-25' } as const;
const WEB_SEARCH = 10;

const MYTHOS = { input: 10, output: 50, cacheWrite5m: 12.5, cacheWrite1h: 20, webSearch: WEB_SEARCH };
const SONNET = { input: 2, output: 10, cacheWrite5m: 2.5, cacheWrite1h: 4, webSearch: WEB_SEARCH };

export const ANTHROPIC_ROWS: readonly MendedRow[] = [
  {
    ...FACTS,
    models: ['claude-fable-5-2', 'claude-mythos-5-2'],
    readOn: '2026-11-28',
    prices: {
      input: 8,
      output: 40,
      cacheRead: 0.2,
      cacheWrite5m: 10,
      cacheWrite1h: 16,
      webSearch: WEB_SEARCH,
    },
  },
  { ...FACTS, models: ['claude-mythos-5-1'], prices: { ...MYTHOS, cacheRead: 0.25 } },
  { ...FACTS, models: ['claude-mythos-5'], prices: { ...MYTHOS, cacheRead: 1 } },
  { ...FACTS, models: ['claude-sonnet-5-5'], prices: { ...SONNET, cacheRead: 0.2 } },
  { ...FACTS, models: ['claude-sonnet-5-5'], since: '2026-10-07', prices: { ...SONNET, cacheRead: 0.1 } },
  {
    ...FACTS,
    models: ['claude-haiku-5-5'],
    prices: {
      input: 0.1,
      output: 0.5,
      cacheRead: 0.01,
      cacheWrite5m: 0.125,
      cacheWrite1h: 0.2,
      webSearch: WEB_SEARCH,
    },
    above: [
      [
        100_000,
        {
          input: 0.5,
          output: 2.5,
          cacheRead: 0.05,
          cacheWrite5m: 0.625,
          cacheWrite1h: 1,
          webSearch: WEB_SEARCH,
        },
      ],
    ],
  },
];
