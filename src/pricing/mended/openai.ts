// What OpenAI charges by the minute, the character, the picture's tokens and the search, fine-tuned models, and models
// that are newer than the catalogue.

import type { PriceRowInput } from '../row-rates.ts';
import type { MendedRow } from './mended-row.ts';

const PAGE = 'https://developers.openai.com/api/docs/pricing';
const FACTS = { seller: 'openai', page: PAGE, readOn: '2026-11-25' } as const;

const row = (models: readonly string[], prices: PriceRowInput): MendedRow => ({ ...FACTS, models, prices });
const patch = (
  models: readonly string[],
  prices: PriceRowInput,
  rest: Partial<MendedRow> = {},
): MendedRow => ({
  ...FACTS,
  models,
  prices,
  isPatch: true,
  ...rest,
});
const AUDIO_PAGE = {
  page: 'https://developers.openai.com/api/docs/models/gpt-4o-audio-preview',
  readOn: '2026-11-27',
};

/** What is kept for half an hour, and for twelve at twice the price: so the second published list, which names PAGE. */
const writes = (halfHour: number) => ({ cacheWrite5m: halfHour, cacheWrite1h: 2 * halfHour });

const NEW_MODELS: readonly MendedRow[] = [
  {
    ...row(['gpt-6.2-sol'], { input: 2, output: 10, cacheRead: 0.1, ...writes(2.5), webSearch: 10 }),
    above: [[272_000, { input: 4, output: 15, cacheRead: 0.2, ...writes(5), webSearch: 10 }]],
    readOn: '2026-11-28',
  },
  {
    ...row(['gpt-6.2-astra'], { input: 8, output: 40, cacheRead: 0.4, ...writes(10), webSearch: 10 }),
    above: [[272_000, { input: 16, output: 60, cacheRead: 0.8, ...writes(20), webSearch: 10 }]],
    readOn: '2026-11-28',
  },
  {
    ...row(['gpt-6.1-sol'], { input: 2, output: 10, cacheRead: 0.1, ...writes(2.5), webSearch: 10 }),
    above: [[272_000, { input: 4, output: 15, cacheRead: 0.2, ...writes(5), webSearch: 10 }]],
  },
  {
    ...row(['gpt-6.1-terra'], { input: 1, output: 5, cacheRead: 0.05, ...writes(1.25), webSearch: 10 }),
    above: [[272_000, { input: 2, output: 7.5, cacheRead: 0.1, ...writes(2.5), webSearch: 10 }]],
  },
];

/** For those whom OpenAI lets in: by the second list, which names PAGE. */
const BY_INVITATION: readonly MendedRow[] = [
  row(['gpt-6-cyber'], { input: 20, output: 100, cacheRead: 2, ...writes(25) }),
  {
    ...row(['gpt-rosalind-research'], { input: 5, output: 25, cacheRead: 0.5 }),
    ...{ page: 'https://developers.openai.com/api/docs/changelog', readOn: '2026-11-28' },
  },
  row(['gpt-6-astra-law'], { input: 10, output: 50, cacheRead: 1 }),
  {
    ...row(['gpt-6-rosalind'], { input: 15, output: 75, cacheRead: 1.5, ...writes(18.75) }),
    above: [[272_000, { input: 30, output: 112.5, cacheRead: 3, ...writes(37.5) }]],
  },
  {
    ...row(['gpt-5.6-cyber'], { input: 12.5, output: 75, cacheRead: 1.25, ...writes(15.625) }),
    above: [[272_000, { input: 25, output: 112.5, cacheRead: 2.5, ...writes(31.25) }]],
  },
  row(['gpt-5.5-cyber'], { input: 12.5, output: 75, cacheRead: 1.25 }),
];

const FINE_TUNED: readonly MendedRow[] = [
  row(['ft:gpt-4.1', 'ft:gpt-4.1-2025-04-14'], { input: 3, output: 12, cacheRead: 0.75 }),
  row(['ft:gpt-4.1-mini', 'ft:gpt-4.1-mini-2025-04-14'], { input: 0.8, output: 3.2, cacheRead: 0.2 }),
  row(['ft:gpt-4.1-nano', 'ft:gpt-4.1-nano-2025-04-14'], { input: 0.2, output: 0.8, cacheRead: 0.05 }),
  row(['ft:gpt-4o-2024-08-06', 'ft:gpt-4o-2024-11-20'], { input: 3.75, output: 15, cacheRead: 1.875 }),
  row(['ft:gpt-4o-mini-2024-07-18'], { input: 0.3, output: 1.2, cacheRead: 0.15 }),
  row(['ft:o4-mini-2025-04-16'], { input: 4, output: 16, cacheRead: 1 }),
  row(['ft:davinci-002'], { input: 12, output: 12 }),
  row(['ft:babbage-002'], { input: 1.6, output: 1.6 }),
];

const SOUND: readonly MendedRow[] = [
  row(['whisper-1'], { audioMinute: 0.006 }),
  row(['tts-1', 'tts-1-1106'], { characters: 15 }),
  row(['tts-1-hd', 'tts-1-hd-1106'], { characters: 30 }),
  // It answers in sound alone, whose tokens a file does not tell: then the cost is unknown.
  row(['gpt-4o-mini-tts'], { input: 0.6, outputAudio: 12 }),
  row(['gpt-4o-transcribe-diarize'], { input: 2.5, output: 10, inputAudio: 6 }),
  // No price for what is cached: it counts as what is not.
  patch(['gpt-4o-audio-preview'], { inputAudio: 40, cacheReadAudio: 40, outputAudio: 80 }, AUDIO_PAGE),
  patch(['gpt-4o-mini-audio-preview'], { inputAudio: 10, cacheReadAudio: 10, outputAudio: 20 }, AUDIO_PAGE),
  // Pictures that are shown in a conversation.
  patch(['gpt-realtime', 'gpt-realtime-2'], { inputImage: 5, cacheReadImage: 0.5 }),
  patch(['gpt-realtime-mini'], { inputImage: 0.8, cacheReadImage: 0.08 }),
];

/** All of what these make is pictures, unless a text price stands beside it. */
const PICTURES: readonly MendedRow[] = [
  row(['gpt-image-1'], {
    input: 5,
    cacheRead: 1.25,
    inputImage: 10,
    cacheReadImage: 2.5,
    output: 40,
    outputImage: 40,
  }),
  row(['gpt-image-1-mini'], {
    input: 2,
    cacheRead: 0.2,
    inputImage: 2.5,
    cacheReadImage: 0.25,
    output: 8,
    outputImage: 8,
  }),
  row(['gpt-image-1.5', 'chatgpt-image-latest'], {
    input: 5,
    cacheRead: 1.25,
    inputImage: 8,
    cacheReadImage: 2,
    output: 10,
    outputImage: 32,
  }),
  row(['gpt-image-2', 'gpt-image-2.5-sunburst', 'gpt-image-2.5-flare'], {
    input: 5,
    cacheRead: 1.25,
    inputImage: 8,
    cacheReadImage: 2,
    output: 30,
    outputImage: 30,
  }),
];

const TOOLS: PriceRowInput = { webSearch: 10, previewSearch: 10, fileSearch: 2.5 };
/** Whose cache is charged for when it is written. */
const WRITERS = ['gpt-5.6-luna', 'gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-6-astra', 'gpt-6-luna', 'gpt-6-sol'];

/** `web_search_preview` costs $25 per 1,000 with models that do not reason, $10 with those that do. */
const SEARCHES: readonly MendedRow[] = [
  // Each request of these searches, once.
  row(['gpt-4o-search-preview'], { input: 2.5, output: 10, cacheRead: 1.25, previewSearch: 25 }),
  row(['gpt-4o-mini-search-preview'], { input: 0.15, output: 0.6, cacheRead: 0.075, previewSearch: 25 }),
  row(['gpt-5-search-api'], { input: 1.25, output: 10, cacheRead: 0.125, webSearch: 10 }),
  patch(['gpt-4o', 'gpt-4o-2024-05-13', 'gpt-4o-mini', 'gpt-4.1', 'gpt-4.1-mini'], { previewSearch: 25 }),
  patch(
    [
      ...['o3', 'o4-mini', 'gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'gpt-5-pro', 'gpt-5.1', 'gpt-5.1-codex-mini'],
      ...['gpt-5.2', 'gpt-5.2-pro', 'gpt-5.3', 'gpt-5.3-codex', 'gpt-5.4', 'gpt-5.4-mini', 'gpt-5.4-nano'],
      ...['gpt-5.4-pro', 'gpt-5.5', 'gpt-5.5-pro'],
    ],
    TOOLS,
  ),
  patch(WRITERS, TOOLS, { alike: { cacheWrite1h: ['cacheWrite5m', 2] } }),
];

export const OPENAI_ROWS: readonly MendedRow[] = [
  ...NEW_MODELS,
  ...BY_INVITATION,
  ...FINE_TUNED,
  ...SOUND,
  ...PICTURES,
  ...SEARCHES,
];
