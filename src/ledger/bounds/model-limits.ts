// How much a model reads and writes at most, where a request does not bound it itself. Too large is safe:
// it reserves more than is needed. So unknown models get the largest limits that are common.

export interface ModelLimits {
  readonly contextTokens: number;
  readonly outputTokens: number;
  /** What one image takes at the highest resolution. */
  readonly imageTokens: number;
  /** What the provider adds to every input: framing, and with some makers a prompt of their own. */
  readonly hiddenTokens: number;
}

const LARGEST: ModelLimits = {
  contextTokens: 1_050_000,
  outputTokens: 131_072,
  imageTokens: 5_000,
  hiddenTokens: 1_000,
};

/** Makers that add little more than the framing: a line on the date, or on how to write. */
const PLAIN_FRAMING = /(^|[/.:])(claude|gpt-|chatgpt|o[134](-|$)|glm|text-embedding)/;
const PLAIN_FRAMING_TOKENS = 32;

/** First match wins. Published limits of models whose limits are below the largest. */
const FAMILIES: readonly (readonly [RegExp, Partial<ModelLimits>])[] = [
  [/gpt-3\.5/, { contextTokens: 16_385, outputTokens: 4_096 }],
  [/gpt-4o-mini/, { contextTokens: 128_000, outputTokens: 16_384, imageTokens: 48_200 }],
  [/gpt-4o|chatgpt-4o/, { contextTokens: 128_000, outputTokens: 16_384 }],
  [/gpt-4\.1/, { contextTokens: 1_047_576, outputTokens: 32_768 }],
  [/gpt-4-(turbo|1106|0125)/, { contextTokens: 128_000, outputTokens: 4_096 }],
  [/gpt-4(-0\d{3})?$/, { contextTokens: 8_192, outputTokens: 8_192 }],
  [/(^|\/)o[134](-|$)/, { contextTokens: 200_000, outputTokens: 100_000 }],
  [/glm-4\.5/, { contextTokens: 131_072, outputTokens: 98_304 }],
  [/glm-4\.[67]/, { contextTokens: 204_800, outputTokens: 131_072 }],
  [/embedding/, { contextTokens: 300_000, outputTokens: 0 }],
];

export function modelLimits(model: string): ModelLimits {
  const limits = { ...LARGEST, ...FAMILIES.find(([pattern]) => pattern.test(model))?.[1] };
  return PLAIN_FRAMING.test(model) ? { ...limits, hiddenTokens: PLAIN_FRAMING_TOKENS } : limits;
}
