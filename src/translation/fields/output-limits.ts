// How many tokens a model can generate at most. Anthropic's API wants a bound in every request, and both refuse a
// bound above the model's limit, although it says nothing.

/** What Claude models are asked for where neither the client nor the list below says more. */
export const STANDARD_OUTPUT_TOKENS = 32_000;

/** By a plain name; first match wins. Published limits; a model that is not listed has no known one. */
const LIMITS: readonly (readonly [RegExp, number])[] = [
  [/claude-(?:3-(?:haiku|opus|sonnet)|(?:haiku|opus|sonnet)-3)$/, 4_096],
  [/claude-(?:\w+-)?3-5/, 8_192],
  [/claude-(?:3-7-sonnet|sonnet-3-7|sonnet-4|haiku-4-5|opus-4-5)/, 64_000],
  [/claude-opus-4(?:-[01])?$/, 32_000],
  [/claude-opus-4-[678]/, 128_000],
  [/gpt-4o|chatgpt-4o|gpt-5(?:-\d)?-chat/, 16_384],
  [/gpt-4-1(?!\d)/, 32_768],
  [/gpt-4-(?:turbo|1106|0125)|gpt-3-5/, 4_096],
  [/gpt-4(?:-0\d{3})?$/, 8_192],
  [/(?:^|\/)o[134](?:-|$)/, 100_000],
  [/gpt-5/, 128_000],
  [/gemini-2-0/, 8_192],
  [/gemini-(?:2-5|3)/, 65_536],
];

export function outputLimit(model: string): number | null {
  return LIMITS.find(([pattern]) => pattern.test(model))?.[1] ?? null;
}

/** More than the model can generate is the same as all that it can. */
export function withinOutputLimit(tokens: number, model: string): number {
  return Math.min(tokens, outputLimit(model) ?? tokens);
}

/** OpenAI's own models, which take `max_completion_tokens`; compatible servers know `max_tokens`. */
export function isOpenaiModel(model: string): boolean {
  return /^(?:gpt-(?!oss)|chatgpt|o\d|codex)/.test(model);
}
