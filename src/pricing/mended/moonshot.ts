// What Moonshot's cache of an hour costs: the catalogue has its cache of five minutes. And models that are newer.

import type { MendedRow } from './mended-row.ts';

const NEW = {
  seller: 'moonshotai',
  page: 'https://platform.kimi.ai/docs/pricing/chat',
  readOn: '2026-11-28',
} as const;

export const MOONSHOT_ROWS: readonly MendedRow[] = [
  {
    ...NEW,
    models: ['kimi-k3.1-pro'],
    prices: { input: 2, output: 10, cacheRead: 0.2, cacheWrite5m: 2, cacheWrite1h: 4 },
  },
  {
    ...NEW,
    models: ['kimi-k3.1-pro-highspeed'],
    prices: { input: 4, output: 20, cacheRead: 0.2, cacheWrite5m: 4, cacheWrite1h: 8 },
  },
  {
    seller: 'moonshotai',
    models: ['kimi-k3'],
    page: 'https://platform.kimi.ai/docs/pricing/chat-k3',
    readOn: '2026-11-25',
    isPatch: true,
    prices: { cacheWrite1h: 6 },
  },
];
