// The models that `npm run prices:compare` sets beside a second list.

export interface ComparedModel {
  /** By its name in the other list. */
  readonly theirs: string;
  readonly ours: string;
  /** The seller's address; the maker's price without one. */
  readonly upstream: string;
}

/** Address, the other list's prefix, names. */
const GROUPS: readonly (readonly [upstream: string, prefix: string, names: string])[] = [
  [
    'https://api.anthropic.com',
    '',
    `claude-haiku-4-5 claude-haiku-4-5-20251001 claude-haiku-5-5
     claude-opus-4-5 claude-opus-4-6 claude-opus-4-7 claude-opus-4-8 claude-opus-5
     claude-opus-5-5 claude-sonnet-4-5 claude-sonnet-4-5-20250929 claude-sonnet-4-6
     claude-sonnet-5 claude-sonnet-5-5 claude-fable-5 claude-fable-5-1 claude-mythos-5 claude-mythos-5-1`,
  ],
  [
    'https://api.openai.com',
    '',
    `gpt-3.5-turbo gpt-3.5-turbo-instruct gpt-4 gpt-4-turbo gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4.1 gpt-4.1-mini
     gpt-4.1-nano gpt-5 gpt-5-mini gpt-5-nano gpt-5-codex gpt-5-pro gpt-5.1 gpt-5.1-codex gpt-5.1-codex-mini gpt-5.2
     gpt-5.2-pro gpt-5.3-codex gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.5 gpt-5.5-pro gpt-5.6-sol gpt-5.6-terra
     gpt-5.6-luna gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-6-cyber
     gpt-6-rosalind gpt-6-astra-law gpt-5.6-cyber gpt-5.5-cyber o1 o3 o3-mini o3-pro o4-mini
     o3-deep-research o4-mini-deep-research computer-use-preview gpt-4o-search-preview gpt-4o-mini-search-preview
     gpt-5-search-api gpt-4o-transcribe gpt-4o-mini-transcribe gpt-4o-mini-tts whisper-1 tts-1 tts-1-hd gpt-realtime
     gpt-realtime-mini gpt-audio gpt-audio-mini gpt-image-1 gpt-image-1-mini gpt-image-1.5 gpt-image-2
     text-embedding-3-small text-embedding-3-large text-embedding-ada-002 ft:gpt-4.1-2025-04-14
     ft:gpt-4.1-mini-2025-04-14 ft:gpt-4.1-nano-2025-04-14 ft:gpt-4o-2024-08-06 ft:gpt-4o-mini-2024-07-18
     ft:o4-mini-2025-04-16`,
  ],
  [
    'https://generativelanguage.googleapis.com',
    'gemini/',
    `gemini-2.5-pro gemini-2.5-flash gemini-2.5-flash-lite gemini-3-flash-preview gemini-3.1-pro-preview
     gemini-3.1-flash-lite gemini-3.5-flash gemini-3.5-flash-lite gemini-3.6-flash gemini-3.7-flash gemini-3.8-flash
     gemini-embedding-001 gemini-4-argon gemini-4-hydrogen gemini-3.8-live`,
  ],
  [
    'https://api.z.ai',
    'zai/',
    'glm-4.5 glm-4.5-air glm-4.5-airx glm-4.5-x glm-4.5v glm-4.6 glm-4.7 glm-4.7-flash glm-5 glm-5-code glm-5.1 glm-5.2 glm-5.3 glm-5.3-flash',
  ],
  [
    'https://api.mistral.ai',
    'mistral/',
    `mistral-large-latest mistral-medium-latest mistral-small-latest magistral-medium-latest magistral-small-latest
     codestral-latest codestral-2508 devstral-latest devstral-small-latest ministral-3b-latest ministral-8b-latest
     ministral-14b-latest`,
  ],
  [
    'https://api.deepseek.com',
    'deepseek/',
    'deepseek-chat deepseek-reasoner deepseek-v4-flash deepseek-v4-pro',
  ],
  [
    'https://bedrock-runtime.eu-central-1.amazonaws.com',
    '',
    `global.anthropic.claude-sonnet-4-5-20250929-v1:0 eu.anthropic.claude-sonnet-4-5-20250929-v1:0
     us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0 us-gov.anthropic.claude-opus-5
     us.amazon.nova-lite-v1:0 eu.amazon.nova-micro-v1:0 eu.amazon.nova-lite-v1:0 eu.amazon.nova-pro-v1:0
     global.anthropic.claude-sonnet-5-5 us.anthropic.claude-sonnet-5-5 us-gov.anthropic.claude-sonnet-5-5
     global.anthropic.claude-haiku-5-5 us.anthropic.claude-haiku-5-5 us.anthropic.claude-mythos-5
     us.anthropic.claude-mythos-5-1
     eu.amazon.nova-2-lite-v1:0 apac.amazon.nova-lite-v1:0 amazon.titan-embed-text-v2:0`,
  ],
  [
    'https://dashscope-intl.aliyuncs.com',
    'dashscope/',
    'qwen-max qwen-plus qwen-turbo qwen-flash qwen3-max qwen3-coder-plus qwen3.7-max qwen3.7-plus qwen3.8-max qwen3.8-flash',
  ],
  ['https://api.x.ai', 'xai/', 'grok-4.20 grok-4.3 grok-4.5 grok-4.6'],
  [
    'https://api.moonshot.ai',
    'moonshot/',
    'kimi-k2.5 kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro kimi-k3.1-pro-highspeed',
  ],
  ['https://api.groq.com', 'groq/', 'openai/gpt-oss-120b openai/gpt-oss-20b qwen/qwen3.8-27b'],
];

export const COMPARED_MODELS: readonly ComparedModel[] = GROUPS.flatMap(([upstream, prefix, names]) =>
  names.split(/\s+/).map((name) => ({ upstream, ours: name, theirs: `${prefix}${name}` })),
);
