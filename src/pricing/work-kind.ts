// What kind of work a request asks for, and which kind a model does: a chat model cannot answer a request for
// embeddings, whatever its tokens would cost there.

import type { Prices } from '../core/price.ts';
import type { RequestRecord } from '../core/record.ts';
import { NO_USAGE, type TokenUsage, type UsageRun } from '../core/usage.ts';

export const WORK_KINDS = [
  'text',
  'embeddings',
  'images',
  'speech',
  'transcription',
  'live speech',
  'video',
  'moderation',
  'ranking',
  'reading of pages',
] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

/** By the names of endpoints that say it; behind the others stands whatever the model does. */
const OF_ENDPOINTS: Readonly<Record<string, WorkKind>> = Object.assign(Object.create(null), {
  embeddings: 'embeddings',
  'gemini/embed': 'embeddings',
  'cohere/embed': 'embeddings',
  'ollama/embed': 'embeddings',
  images: 'images',
  realtime: 'live speech',
  'gemini/live': 'live speech',
  videos: 'video',
  moderations: 'moderation',
  'cohere/classify': 'moderation',
  rerank: 'ranking',
  ocr: 'reading of pages',
});

/** By words of a model's name; the first that fits. */
const OF_NAMES: readonly (readonly [RegExp, WorkKind])[] = [
  [/embed/, 'embeddings'],
  [/transcri|whisper/, 'transcription'],
  [/\btts\b|text-to-speech/, 'speech'],
  [/realtime|native-audio|-live\b/, 'live speech'],
  [/gpt-image|dall-e|imagen|-image\b/, 'images'],
  [/^(?:.*\/)?(?:sora|veo)-/, 'video'],
  [/moderation/, 'moderation'],
  [/rerank/, 'ranking'],
  [/\bocr\b/, 'reading of pages'],
];

const PROBED_TOKENS = 1_000_000;

/** What is found is kept: many requests are of few models. */
export class WorkKinds {
  readonly #prices: Prices;
  readonly #ofModels = new Map<string, WorkKind | null>();

  constructor(prices: Prices) {
    this.#prices = prices;
  }

  ofRecord({ endpoint, path, modelUsed, modelRequested, upstream, startedAtMs }: RequestRecord): WorkKind {
    if (endpoint === 'audio') return path.toLowerCase().endsWith('/speech') ? 'speech' : 'transcription';
    const told = OF_ENDPOINTS[endpoint];
    if (told !== undefined) return told;
    const model = modelUsed ?? modelRequested;
    return model === null ? 'text' : (this.ofModel(model, upstream, startedAtMs) ?? 'text');
  }

  /** Null where neither its name nor a price tells. */
  ofModel(model: string, upstream: string, atMs: number): WorkKind | null {
    const key = `${upstream} ${model}`;
    const known = this.#ofModels.get(key);
    if (known !== undefined) return known;
    const kind = this.#look(model, upstream, atMs);
    this.#ofModels.set(key, kind);
    return kind;
  }

  /** One that charges for what it reads, and has no price for what it writes, writes nothing. */
  #look(model: string, upstream: string, atMs: number): WorkKind | null {
    const name = model.toLowerCase();
    const named = OF_NAMES.find(([pattern]) => pattern.test(name));
    if (named !== undefined) return named[1];
    const costOf = (usage: Partial<TokenUsage>): number | null =>
      this.#prices.cost({ runs: [probe(usage)], model, upstream, atMs }).costNanoUsd;
    const reads = costOf({ inputTokens: PROBED_TOKENS });
    if (reads === null) return null;
    if (reads === 0) return 'text';
    const writes = costOf({ outputTokens: PROBED_TOKENS });
    return writes === null || writes === 0 ? 'embeddings' : 'text';
  }
}

const probe = (usage: Partial<TokenUsage>): UsageRun => ({
  kind: 'message',
  model: null,
  usage: { ...NO_USAGE, ...usage },
  serviceTier: null,
  speed: null,
  inferenceGeo: null,
});
