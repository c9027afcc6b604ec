// Thinking (Anthropic) and reasoning effort (OpenAI): two dials that overlap where both name a level.

import type { JsonObject } from '../protocols/json-value.ts';
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

/** Reads `thinking` and `output_config.effort`. */
export function thinkingWish(
  thinking: Fields | undefined,
  config: Fields | undefined,
  model: string,
): ThinkingWish {
  const effort = config?.text('effort');
  if (config !== undefined && effort !== undefined) {
    if (!LEVELS.includes(effort)) config.refuse('effort', `"${effort}" is none of ${LEVELS.join(', ')}`);
    if (!reasons(model)) config.refuse('effort', unreasoning(model));
  }
  if (thinking === undefined) return { effort, shown: false };
  const type = thinking.requiredText('type');
  const isShown = thinking.text('display') !== 'omitted';
  if (type === 'enabled') {
    const budget = thinking.take('budget_tokens');
    if (typeof budget !== 'number') thinking.refuse('budget_tokens', 'it is not a number');
    if (!reasons(model)) thinking.refuse('type', unreasoning(model));
    thinking.end();
    return { effort: effort ?? levelOf(budget as number), shown: isShown };
  }
  if (type !== 'adaptive' && type !== 'disabled')
    thinking.refuse('type', `"${type}" is neither enabled, adaptive nor disabled`);
  thinking.end();
  return { effort, shown: type === 'adaptive' && isShown };
}

function levelOf(budget: number): string {
  if (budget <= LOW_BUDGET_MAX) return 'low';
  return budget <= MEDIUM_BUDGET_MAX ? 'medium' : 'high';
}

const unreasoning = (model: string): string => `${model} does not reason, as gpt-5 or o4-mini would`;

/** OpenAI's models before its reasoning ones, and those of its chat. Of others nothing is known: their server judges. */
function reasons(model: string): boolean {
  return !/^(?:openai\/)?(?:gpt-3\.5|gpt-4|chatgpt-4|gpt-5(?:\.\d)?-chat)/i.test(model);
}

/** Claude models that think by a budget of tokens or not at all; the later ones think adaptively. */
const BEFORE_ADAPTIVE =
  /claude-(?:[123](?:[.-]|$)|instant|(?:opus|sonnet|haiku)-4(?:-[015])?(?:[@-]\d{8})?$)/i;

/** What `reasoning_effort` is in a Messages request. */
export function thinkingOf(request: Fields, model: string): { thinking?: JsonObject; effort?: string } {
  const effort = request.text('reasoning_effort');
  if (effort === undefined) return {};
  const isAdaptive = !BEFORE_ADAPTIVE.test(model);
  if (effort === 'none') return isAdaptive ? { thinking: { type: 'disabled' } } : {};
  if (!LEVELS.includes(effort))
    request.refuse(
      'reasoning_effort',
      `"${effort}" is no level of Claude models: none, ${LEVELS.join(', ')}`,
    );
  if (!isAdaptive)
    request.refuse('reasoning_effort', `${model} thinks by a budget of tokens, which no level names`);
  return { thinking: { type: 'adaptive' }, effort };
}
