// Gemini models for which Google lists one price for text, pictures, video and sound: the catalogue has no price for their
// sound.

import type { MendedRow } from './mended-row.ts';

export const GOOGLE_ROWS: readonly MendedRow[] = [
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
