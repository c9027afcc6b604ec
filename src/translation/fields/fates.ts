// What becomes of each top-level request field in a translation. A field that is not listed is refused.
// docs/translation.md shows these tables; a test compares them, and walks the SDKs' own field lists.

import type { JsonObject } from '../../protocols/json/json-value.ts';
import { isSame, notTranslatable } from './fields.ts';

export interface Fate {
  readonly fate: 'translated' | 'left out' | 'refused';
  /** What it becomes, or why not. */
  readonly note: string;
  /** Of a refused field: values that say no more than its absence, besides null. */
  readonly neutral?: readonly unknown[];
}

const translated = (note: string): Fate => ({ fate: 'translated', note });
const leftOut = (note: string): Fate => ({ fate: 'left out', note });
const refused = (note: string, ...neutral: readonly unknown[]): Fate => ({ fate: 'refused', note, neutral });

export const MESSAGES_FATES: Readonly<Record<string, Fate>> = {
  model: translated('`model`'),
  messages: translated('`messages`; see below'),
  system: translated('a first message of role `system`'),
  max_tokens: translated(
    '`max_completion_tokens` for OpenAI’s models, else `max_tokens`; at most the known limit of the model',
  ),
  stop_sequences: translated(
    '`stop`; empty ones are left out; for OpenAI’s models that reason, and beyond four, see below',
  ),
  stream: translated('`stream`, with `stream_options.include_usage`'),
  temperature: translated('`temperature`; left out for OpenAI’s models that reason, and where it is 1'),
  top_p: translated('`top_p`; as `temperature`'),
  tools: translated('`tools` of type `function`, left out where there are none; server tools are refused'),
  tool_choice: translated('`tool_choice`, and `parallel_tool_calls`; left out without tools'),
  metadata: translated('`user_id` is `user`, as its SHA-256 where it is longer than 64 characters'),
  service_tier: translated('`auto` is `auto`, `standard_only` is `default`'),
  thinking: translated(
    'a budget is the nearest `reasoning_effort`, as far as the model knows it; `adaptive` leaves it to the model, `disabled` too, without any effort',
  ),
  output_config: translated(
    '`effort` is `reasoning_effort` as far as the model knows it, `format` is `response_format`',
  ),
  output_format: translated('as `output_config.format`'),
  cache_control: leftOut('where prompts are cached changes no answer'),
  diagnostics: leftOut('about Anthropic’s prompt cache'),
  billing_policy: leftOut('about who is billed at Anthropic'),
  fallback_credit_token: leftOut('about billing at Anthropic'),
  context_management: translated(
    'edits that clear thoughts, which are left out anyway, or results of tools, which stay; other edits are refused',
  ),
  top_k: refused('OpenAI’s API has no such parameter'),
  speed: refused('OpenAI’s API has no such parameter', 'standard'),
  inference_geo: refused('a promise about the region that nobody would keep'),
  container: refused('lives at Anthropic'),
  mcp_servers: refused('are called by Anthropic', []),
  fallbacks: refused('models of Anthropic', []),
  compaction: refused('happens at Anthropic'),
  thread: refused('lives at Anthropic'),
};

export const CHAT_FATES: Readonly<Record<string, Fate>> = {
  model: translated('`model`'),
  messages: translated('`messages` and `system`; see below'),
  max_completion_tokens: translated(
    '`max_tokens`; without it, or where it is −1, the known limit of the model, else 32,000',
  ),
  max_tokens: translated('as `max_completion_tokens`, which goes before it'),
  stop: translated('`stop_sequences`; for blank ones, which Anthropic’s API refuses, see below'),
  stream: translated('`stream`'),
  stream_options: translated(
    '`include_usage` decides about the last chunk; `include_obfuscation` is left out',
  ),
  temperature: translated(
    '`temperature` up to 1; above, it is refused; left out where the model thinks or takes none, and where it is 1',
  ),
  top_p: translated('`top_p`; as `temperature`, and left out beside it for models that take one of the two'),
  top_k: translated('`top_k`; left out where the model thinks or takes none'),
  tools: translated('`tools`, left out where there are none; only type `function`'),
  tool_choice: translated(
    '`tool_choice`, left out without tools; `allowed_tools` and custom tools are refused',
  ),
  parallel_tool_calls: translated('`false` is `tool_choice.disable_parallel_tool_use`'),
  user: translated('`metadata.user_id`'),
  safety_identifier: translated('`metadata.user_id`, before `user`'),
  service_tier: translated('`auto` is `auto`, `default` is `standard_only`; other tiers are refused'),
  reasoning_effort: translated(
    'adaptive `thinking` with `output_config.effort`; `none` is `disabled`, `minimal` is `low`, `xhigh` is `high` for Claude 4.6; left out for models that do not think adaptively',
  ),
  reasoning: translated('as `reasoning_effort`: its `effort`, the nearest of its `max_tokens`, or `enabled`'),
  thinking: translated('`thinking`, as the model takes it; goes before `reasoning_effort`'),
  include_reasoning: leftOut('whether thoughts are shown changes no answer'),
  usage: leftOut('asks OpenRouter for figures that are told anyway'),
  response_format: translated(
    '`json_schema` is `output_config.format`; `text` says nothing; `json_object` is refused',
  ),
  cache_control: translated('`cache_control`: Anthropic’s own word'),
  prompt_cache_key: leftOut('where prompts are cached changes no answer'),
  prompt_cache_options: leftOut('where prompts are cached changes no answer'),
  prompt_cache_retention: leftOut('where prompts are cached changes no answer'),
  metadata: leftOut('labels of completions stored at OpenAI'),
  store: leftOut('nothing is stored at OpenAI then, and nothing can be fetched there later'),
  prediction: leftOut('makes the same answer come faster'),
  audio: refused('Anthropic’s API does not speak'),
  modalities: refused('Anthropic’s API answers in text', ['text']),
  n: refused('Anthropic’s API gives one answer', 1),
  frequency_penalty: refused('Anthropic’s API has no such parameter', 0),
  presence_penalty: refused('Anthropic’s API has no such parameter', 0),
  logit_bias: refused('Anthropic’s API has no such parameter', {}),
  logprobs: refused('Anthropic’s API has no such parameter', false),
  top_logprobs: refused('Anthropic’s API has no such parameter', 0),
  seed: refused('Anthropic’s API has no such parameter'),
  verbosity: refused('Anthropic’s API has no such parameter', 'medium'),
  moderation: refused('happens at OpenAI'),
  web_search_options: refused('the search happens at OpenAI'),
  functions: refused('is old; `tools` can be translated', []),
  function_call: refused('is old; `tool_choice` can be translated'),
};

/** Refuses the first field that cannot go along; what is left out needs no more than being on the list. */
export function checkFates(body: JsonObject, fates: Readonly<Record<string, Fate>>): void {
  for (const [name, value] of Object.entries(body)) {
    if (value === null || value === undefined) continue;
    const known = Object.hasOwn(fates, name) ? fates[name] : undefined;
    if (known === undefined) throw notTranslatable(name, 'TokenWatch does not know this field');
    const isNeutral = known.neutral?.some((neutral) => isSame(neutral, value)) ?? false;
    if (known.fate === 'refused' && !isNeutral) throw notTranslatable(name, plain(known.note));
  }
}

/** Notes carry Markdown for the documentation. */
const plain = (note: string): string => note.replaceAll('`', '');
