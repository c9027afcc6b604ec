// What Moonshot's cache of an hour costs: the catalogue has its cache of five minutes.

import type { MendedRow } from './mended-row.ts';

export const MOONSHOT_ROWS: readonly MendedRow[] = [
  {
    seller: 'moonshotai',
    models: ['kimi-k3'],
    page: 'https://platform.kimi.ai/docs/pricing/chat-k3',
    readOn: '2026-11-25',
    isPatch: true,
    prices: { cacheWrite1h: 6 },
  },
];
