// What a provider charges for, in classes that do not overlap unless a comment says "part of".

/** Counts of one model run. All are non-negative integers. */
export interface TokenUsage {
  /** Input tokens read at the full price: cached and cache-writing tokens are not in here. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  /** Input tokens written to a cache that lives five minutes (or the provider's only kind). */
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  /** Everything generated, reasoning and audio included. */
  readonly outputTokens: number;
  /** Part of outputTokens. */
  readonly reasoningTokens: number;
  /** Part of inputTokens. */
  readonly inputAudioTokens: number;
  /** Part of cacheReadTokens. */
  readonly cacheReadAudioTokens: number;
  /** Part of outputTokens. */
  readonly outputAudioTokens: number;
  /** Server-side web searches, charged per call. */
  readonly webSearches: number;
}

export const NO_USAGE: TokenUsage = Object.freeze({
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  inputAudioTokens: 0,
  cacheReadAudioTokens: 0,
  outputAudioTokens: 0,
  webSearches: 0,
});

/** What else a run is charged for. What a provider did not tell is left out, which is not the same as 0. */
export interface ExtraUsage {
  /** Part of inputTokens. */
  readonly inputImageTokens?: number;
  /** Part of cacheReadTokens. */
  readonly cacheReadImageTokens?: number;
  /** Part of outputTokens. */
  readonly outputImageTokens?: number;
  /** Sound whose length is charged instead of tokens (Whisper). */
  readonly audioMs?: number;
  /** Text to be spoken, where its length is charged (`tts-1`). */
  readonly characters?: number;
  /** Pictures, where each is charged as such (`dall-e-3`). */
  readonly images?: number;
  /** Part of webSearches: those of OpenAI's tool `web_search_preview`, which has a price of its own. */
  readonly previewSearches?: number;
  readonly fileSearches?: number;
  /** Pages that the provider opened for the model. */
  readonly pageFetches?: number;
  /** Calls of a provider's tools that are charged at a price nobody here knows: the run's cost is unknown. */
  readonly unpricedCalls?: number;
}

/** One model run inside a request. Most requests have one; Anthropic's `iterations` have several. */
export interface UsageRun {
  /** The provider's word for the run: `message`, `advisor_message`, `compaction`, `fallback` … */
  readonly kind: string;
  /** The model that ran, or null for the response's model. */
  readonly model: string | null;
  readonly usage: TokenUsage;
  /** What else changes the price; null where the provider said nothing. */
  readonly serviceTier: string | null;
  readonly speed: string | null;
  readonly inferenceGeo: string | null;
  /** Absent where nothing but tokens and searches was told. */
  readonly extra?: ExtraUsage;
  /** Where it is several runs of about one length as one: the input of the longest, by which the price goes. */
  readonly longestInputTokens?: number;
  /** Set where it sums runs that the provider does not tell apart, as in loops with its own tools. */
  readonly isSum?: true;
}

/** Where the figures came from: the provider's own, our tokenizer (in whole or in part), or nowhere. */
export type UsageSource = 'provider' | 'estimate' | 'none';

export function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWrite5mTokens: a.cacheWrite5mTokens + b.cacheWrite5mTokens,
    cacheWrite1hTokens: a.cacheWrite1hTokens + b.cacheWrite1hTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    inputAudioTokens: a.inputAudioTokens + b.inputAudioTokens,
    cacheReadAudioTokens: a.cacheReadAudioTokens + b.cacheReadAudioTokens,
    outputAudioTokens: a.outputAudioTokens + b.outputAudioTokens,
    webSearches: a.webSearches + b.webSearches,
  };
}

/** Two runs of one kind as one: whatever is charged apart from tokens is added, too. */
export function addRuns(a: UsageRun, b: UsageRun): UsageRun {
  const usage = addUsage(a.usage, b.usage);
  if (a.extra === undefined && b.extra === undefined) return { ...a, usage };
  return { ...a, usage, extra: addExtra(a.extra ?? {}, b.extra ?? {}) };
}

export function addExtra(a: ExtraUsage, b: ExtraUsage): ExtraUsage {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof ExtraUsage>;
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

/** The request's total over its runs. */
export function totalUsage(runs: readonly UsageRun[]): TokenUsage {
  const [first, ...rest] = runs;
  if (first === undefined) return NO_USAGE;
  return rest.reduce((sum, run) => addUsage(sum, run.usage), first.usage);
}

/** Places of inference that cost what the price list says. */
export const PLAIN_PLACES: ReadonlySet<string> = new Set(['', 'global', 'not_available']);

/** Whether the price of a run goes by something that neither its counts nor its tier of service tell. */
export function saysMoreThanCounts(run: UsageRun): boolean {
  const { model, speed, inferenceGeo, extra, longestInputTokens, isSum } = run;
  const isFast = speed !== null && speed !== 'standard';
  const isElsewhere = !PLAIN_PLACES.has(inferenceGeo ?? '');
  const isOther = model !== null || extra !== undefined || longestInputTokens !== undefined;
  return isOther || isFast || isElsewhere || isSum === true;
}

/** False where every count is zero. */
export function isUsed(usage: TokenUsage): boolean {
  return Object.values(usage).some((count) => count > 0);
}

/** Everything that the model read, at whatever price. */
export function allInputTokens(usage: TokenUsage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}

/** Whether a provider's prompt cache was read or written. */
export function usesPromptCache(usage: TokenUsage): boolean {
  return usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens > 0;
}

/** The same input without the provider's prompt cache. */
export function withoutPromptCache(run: UsageRun): UsageRun {
  const { usage, extra } = run;
  const plain: TokenUsage = {
    ...usage,
    inputTokens: allInputTokens(usage),
    inputAudioTokens: usage.inputAudioTokens + usage.cacheReadAudioTokens,
    cacheReadTokens: 0,
    cacheReadAudioTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
  };
  if (extra?.cacheReadImageTokens === undefined) return { ...run, usage: plain };
  const { cacheReadImageTokens, ...rest } = extra;
  const inputImageTokens = (rest.inputImageTokens ?? 0) + cacheReadImageTokens;
  return { ...run, usage: plain, extra: { ...rest, inputImageTokens } };
}
