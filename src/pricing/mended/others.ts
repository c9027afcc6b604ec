// Models that are newer than the catalogue, at sellers of which nothing else is to be mended.

import type { MendedRow } from './mended-row.ts';

export const OTHER_ROWS: readonly MendedRow[] = [
  {
    seller: 'groq',
    models: ['qwen/qwen3.8-27b'],
    page: 'https://console.groq.com/docs/model/qwen/qwen3.8-27b',
    readOn: '2026-11-28',
    prices: { input: 0.8, output: 4 },
  },
  {
    seller: 'cerebras',
    models: ['qwen-3.8-27b'],
    page: 'https://api.cerebras.ai/public/v1/models/qwen-3.8-27b',
    readOn: '2026-11-28',
    prices: { input: 0.99, output: 1.49 },
  },
];
