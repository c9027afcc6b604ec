// Thinking (Anthropic) and reasoning effort (OpenAI): two dials that overlap where both name a level.

import { asArray, asObject, type JsonObject } from '../../protocols/json/json-value.ts';
import type { Fields } from './fields.ts';

/** Levels that both APIs know by the same name. */
const LEVELS = ['low', 'medium', 'high', 'xhigh', 'max'];

/** The nearest level of a thinking budget. */
const LOW_BUDGET_MAX = 2_048;
const MEDIUM_BUDGET_MAX = 8_192;

/** The signature of thoughts that came from another API: Anthropic's own are signed. */
export const FOREIGN_SIGNATURE = 'tokenwatch-translated';

export interface ThinkingWish {
  readonly effort: string | undefined;
  /** Whether the client wants to see thoughts. */
  readonly shown: boolean;
}

/** Reads `thinking` and `output_config.effort`. A model that does not reason is asked for neither. */
export function thinkingWish(
  thinking: Fields | undefined,
  config: Fields | undefined,
  model: string,
): ThinkingWish {
  const effort = config?.text('effort');
  if (config !== undefined && effort !== undefined && !LEVELS.includes(effort))
    config.refuse('effort', `"${effort}" is none of ${LEVELS.join(', ')}`);
  const told = effort === undefined ? undefined : levelFor(effort, model);
  if (thinking === undefined) return { effort: told, shown: false };
  const type = thinking.requiredText('type');
  const isShown = thinking.text('display') !== 'omitted';
  if (type === 'enabled') {
    const budget = thinking.take('budget_tokens');
    if (typeof budget !== 'number') thinking.refuse('budget_tokens', 'it is not a number');
    thinking.end();
    return { effort: told ?? levelFor(levelOf(budget as number), model), shown: isShown };
  }
  if (type !== 'adaptive' && type !== 'disabled')
    thinking.refuse('type', `"${type}" is neither enabled, adaptive nor disabled`);
  thinking.end();
  // An effort is one of thinking: servers refuse it where nothing is to be thought.
  return { effort: type === 'disabled' ? undefined : told, shown: type === 'adaptive' && isShown };
}

function levelOf(budget: number): string {
  if (budget <= LOW_BUDGET_MAX) return 'low';
  return budget <= MEDIUM_BUDGET_MAX ? 'medium' : 'high';
}

/** The highest level by a plain name, first match first; null where the model does not reason (docs/translation.md). */
const HIGHEST_LEVELS: readonly (readonly [RegExp, string | null])[] = [
  [/^(?:gpt-3-5|gpt-4|chatgpt|gpt-5(?:-\d)?-chat)/, null],
  [/^(?:gpt-5-[6-9](?!\d)|gpt-[6-9])/, 'max'],
  [/^(?:gpt-5-[2-5](?!\d)|gpt-5-1-codex-max)/, 'xhigh'],
  [/claude/, 'max'],
];
/** What all that reason know. */
const COMMON_LEVEL = 'high';

/** The level itself, or the highest below it that the model knows; undefined where it knows none. */
function levelFor(level: string, model: string): string | undefined {
  const row = HIGHEST_LEVELS.find(([pattern]) => pattern.test(model));
  const highest = row === undefined ? COMMON_LEVEL : row[1];
  if (highest === null) return undefined;
  return LEVELS[Math.min(LEVELS.indexOf(level), LEVELS.indexOf(highest))];
}

/** OpenAI's models that take functions in Chat Completions only if they do not reason, also by their own standard. */
const TOOLS_WITHOUT_REASONING = /^(?:gpt-5-[4-9](?!\d)|gpt-[6-9])(?!.*-chat)/;

export function effortBesideTools(effort: string | undefined, model: string): string | undefined {
  return TOOLS_WITHOUT_REASONING.test(model) ? 'none' : effort;
}

/** Claude models that think by a budget of tokens or not at all; the later ones think adaptively. */
const BEFORE_ADAPTIVE = /claude-(?:(?:\w+-)?[123](?:-|$)|instant|(?:opus|sonnet|haiku)-4(?:-[015])?$)/;

/**
 * What `reasoning_effort` is in a Messages request, or `reasoning`, as OpenRouter's clients write it; `thinking` is
 * Anthropic's own. Where a tool must be called, Claude does not think.
 */
export function thinkingOf(
  request: Fields,
  model: string,
  mustCall: boolean,
): { thinking?: JsonObject; effort?: string } {
  const own = asObject(request.take('thinking'));
  const effort = request.text('reasoning_effort') ?? openrouterEffort(request.fields('reasoning'));
  if (own !== null) return ownThinking(own, effort, model, mustCall);
  if (effort === undefined) return {};
  const isAdaptive = !BEFORE_ADAPTIVE.test(model);
  if (effort === 'none') return isAdaptive ? { thinking: { type: 'disabled' } } : {};
  const level = claudeLevel(effort, model);
  if (!LEVELS.includes(level))
    request.refuse(
      'reasoning_effort',
      `"${effort}" is no level of Claude models: none, minimal, ${LEVELS.join(', ')}`,
    );
  // A budget of tokens is no level, and thoughts that are asked for must be there in the turns before: they are not.
  if (!isAdaptive) return {};
  return mustCall ? { effort: level } : { thinking: { type: 'adaptive' }, effort: level };
}

/** Claude models that do not think, and those that think adaptively alone. */
const NEVER_THINKS = /claude-(?:instant|(?:\w+-)?(?:[12](?:-|$)|3(?!-7|\d)))/;
const ADAPTIVE_ALONE = /claude-(?:opus-4-[7-9]|(?:opus|sonnet|haiku)-[5-9])(?!\d)/;

/** The client does not know which model it will be: each takes one of the two ways to ask for thoughts. */
function ownThinking(
  own: JsonObject,
  effort: string | undefined,
  model: string,
  mustCall: boolean,
): { thinking?: JsonObject; effort?: string } {
  const { type, budget_tokens: budget, display } = own;
  if (type === 'enabled' && ADAPTIVE_ALONE.test(model)) {
    const level = claudeLevel(effort ?? levelOf(Number(budget) || 0), model);
    if (mustCall) return { effort: level };
    // As such a budget has them shown; the later models show none by their own standard.
    return { thinking: { type: 'adaptive', display: display ?? 'summarized' }, effort: level };
  }
  const isRefused =
    NEVER_THINKS.test(model) || (type === 'adaptive' && BEFORE_ADAPTIVE.test(model)) || mustCall;
  return isRefused ? {} : { thinking: own };
}

/** Claude models that know `high` and `max`, and nothing between. */
const WITHOUT_XHIGH = /claude-(?:opus|sonnet|haiku)-4-6(?!\d)/;

function claudeLevel(effort: string, model: string): string {
  if (effort === 'minimal') return 'low';
  return effort === 'xhigh' && WITHOUT_XHIGH.test(model) ? 'high' : effort;
}

/**
 * Amid calls, Anthropic's API wants the thoughts before them where a budget is asked for; clients of the other API have
 * none of them.
 */
export function besideCalls(
  thinking: JsonObject | undefined,
  turns: readonly JsonObject[],
): JsonObject | undefined {
  const isAmid = asArray(turns.at(-1)?.content).some((block) => asObject(block)?.type === 'tool_result');
  return thinking?.type === 'enabled' && isAmid ? undefined : thinking;
}

/** The least budget that Anthropic's API takes. */
const BUDGET_MIN = 1024;

/** Anthropic's API wants the budget below the bound of the whole answer, which is the client's word. */
export function withinBound(thinking: JsonObject | undefined, maxTokens: number): JsonObject | undefined {
  const budget = thinking?.budget_tokens;
  if (typeof budget !== 'number' || budget < maxTokens) return thinking;
  return maxTokens > BUDGET_MIN ? { ...thinking, budget_tokens: maxTokens - 1 } : undefined;
}

/** An effort, a bound in tokens, or no more than a wish to think. */
function openrouterEffort(reasoning: Fields | undefined): string | undefined {
  if (reasoning === undefined) return undefined;
  const effort = reasoning.text('effort');
  const tokens = reasoning.take('max_tokens');
  const enabled = reasoning.take('enabled');
  // Whether thoughts are shown, and in which words, changes no answer.
  reasoning.leaveOut('exclude', 'summary', 'generate_summary');
  reasoning.end();
  if (enabled === false) return 'none';
  if (effort !== undefined || typeof tokens !== 'number')
    return effort ?? (enabled === true ? 'medium' : undefined);
  return levelOf(tokens);
}
