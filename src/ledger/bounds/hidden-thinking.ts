// What a stream may generate without showing it: some models think before they write, are paid for it, and show a
// summary of it or nothing. A bound on it that can be told while it happens.

/**
 * - `none`: nothing is generated that is not in the stream, thinking included
 * - `hidden`: it may think out of sight, in the pauses of its text, up to `tokensPerSecond` and `tokensMax`
 */
export type Thinking =
  | { readonly kind: 'none' }
  | { readonly kind: 'hidden'; readonly tokensPerSecond: number; readonly tokensMax: number };

const NONE: Thinking = Object.freeze({ kind: 'none' });

/** Models that think in the open, or not at all. */
const OPEN =
  /(^|[/.:])(gpt-3\.5|gpt-4|chatgpt-4o|glm|deepseek|qwen|qwq|kimi|(?:mi[sx]|minis|magis|devs|pix)tral|codestral|llama|claude-(?:3|2|instant)|gemini-(?:1|2\.0)|gemma|command|nova-(?:micro|lite|pro|premier)|titan|jamba|granite|phi-?\d)/i;
/** First match wins. Twice the fastest that is measured of them in public, and more where little is known. */
const SPEEDS: readonly (readonly [RegExp, number])[] = [
  [/((?<!ge)mini|nano|flash|lite|turbo|fast)/i, 600],
  [/(^|[/.:])(gpt-5|o[134](-|$)|codex)/i, 300],
];
const UNKNOWN_SPEED = 1_000;
/** Claude models that think only where they are asked to; the later ones do so by themselves. */
const CLAUDE_IF_ASKED = /claude-(?:instant|v?[1-4])|(?:opus|sonnet|haiku)-[34](?!\d)/i;

/** `body` is the parsed request. */
export function thinkingOf(model: string, body: unknown): Thinking {
  const request = asObjectOrEmpty(body);
  const isClaude = /claude/i.test(model);
  const asked = asObjectOrEmpty(
    request.thinking ?? asObjectOrEmpty(request.additionalModelRequestFields).thinking,
  );
  if (isClaude && asked.type === 'disabled') return NONE;
  const isAsked = asked.type !== undefined || asksOtherwise(model, request);
  if (isClaude && !isAsked && CLAUDE_IF_ASKED.test(model)) return NONE;
  if (OPEN.test(model)) return NONE;
  const budget = asked.budget_tokens ?? geminiBudget(request);
  if (budget === 0) return NONE;
  const speed = isClaude ? claudeSpeed(model) : speedOf(model);
  return {
    kind: 'hidden',
    // Anthropic's fast mode.
    tokensPerSecond: request.speed === 'fast' ? 3 * speed : speed,
    tokensMax: typeof budget === 'number' && budget > 0 ? budget : Number.POSITIVE_INFINITY,
  };
}

/** As gateways take it: in their names for the model, or in OpenAI's way. */
function asksOtherwise(
  model: string,
  { reasoning, reasoning_effort }: Readonly<Record<string, unknown>>,
): boolean {
  if (/(?<!no|no-)think/i.test(model)) return true;
  const { enabled, effort } = asObjectOrEmpty(reasoning);
  if (reasoning !== undefined && reasoning !== null) return enabled !== false && effort !== 'none';
  return typeof reasoning_effort === 'string' && reasoning_effort !== 'none';
}

/** 0 where it shall not think, -1 where it shall judge that for itself. */
function geminiBudget(request: Readonly<Record<string, unknown>>): unknown {
  // Its agents ask a level deeper.
  const { generationConfig } = { ...request, ...asObjectOrEmpty(request.request) };
  return asObjectOrEmpty(asObjectOrEmpty(generationConfig).thinkingConfig).thinkingBudget;
}

/**
 * Maker and model may stand apart, and each pattern is of one word: two with anything between them take squared time.
 */
function claudeSpeed(model: string): number {
  return /haiku/i.test(model) ? 400 : 200;
}

function speedOf(model: string): number {
  return SPEEDS.find(([pattern]) => pattern.test(model))?.[1] ?? UNKNOWN_SPEED;
}

function asObjectOrEmpty(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
