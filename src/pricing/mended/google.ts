// Gemini models for which Google lists one price for text, pictures, video and sound: the catalogue has no price for their
// sound. And models that are newer.

import type { MendedRow } from './mended-row.ts';

const NEW = {
  seller: 'google',
  page: 'https://ai.google.dev/gemini-api/docs/pricing',
  readOn: '2026-11-28',
} as const;

/** At half the price until the end of November 2026. */
const INTRODUCED = ['gemini-4-argon', 'gemini-4-carbon'];

export const GOOGLE_ROWS: readonly MendedRow[] = [
  { ...NEW, models: INTRODUCED, prices: { input: 2, output: 10, cacheRead: 0.1 } },
  {
    ...NEW,
    models: INTRODUCED,
    since: '2026-12-01',
    prices: { input: 4, output: 20, cacheRead: 0.2 },
  },
  { ...NEW, models: ['gemini-4-neon'], prices: { input: 3, output: 15, cacheRead: 0.15 } },
  { ...NEW, models: ['gemini-4-hydrogen'], prices: { input: 1.5, output: 7.5, cacheRead: 0.075 } },
  {
    ...NEW,
    models: ['gemini-3.8-live', 'gemini-3.8-live-extended-thinking'],
    prices: { input: 0.75, output: 4.5, inputAudio: 3, outputAudio: 12 },
  },
  {
    seller: 'google',
    models: [
      ...['gemini-2.5-pro', 'gemini-3-pro-preview', 'gemini-3.1-pro-preview'],
      ...['gemini-3.5-flash', 'gemini-3.6-flash', 'gemini-3.7-flash', 'gemini-3.8-flash'],
    ],
    page: 'https://ai.google.dev/gemini-api/docs/pricing',
    readOn: '2026-11-27',
    isPatch: true,
    prices: {},
    alike: { inputAudio: ['input', 1], cacheReadAudio: ['cacheRead', 1] },
  },
];
