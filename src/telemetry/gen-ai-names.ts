// The words of OpenTelemetry's conventions for generative AI, in one place: they are still moving.

import type { ProtocolName } from '../core/protocol.ts';
import { exponentialBounds } from './metrics.ts';

/** `gen_ai.provider.name` by the host that answered; of these, a host or what ends in it, behind a dot or its own sign. */
const PROVIDERS: readonly (readonly [host: string, name: string])[] = [
  ['api.anthropic.com', 'anthropic'],
  ['api.openai.com', 'openai'],
  ['openai.azure.com', 'azure.ai.openai'],
  ['services.ai.azure.com', 'azure.ai.inference'],
  ['amazonaws.com', 'aws.bedrock'],
  ['generativelanguage.googleapis.com', 'gcp.gemini'],
  ['aiplatform.googleapis.com', 'gcp.vertex_ai'],
  // In a region, and in a continent.
  ['-aiplatform.googleapis.com', 'gcp.vertex_ai'],
  ['rep.googleapis.com', 'gcp.vertex_ai'],
  ['api.mistral.ai', 'mistral_ai'],
  ['api.x.ai', 'x_ai'],
  ['api.groq.com', 'groq'],
  ['api.deepseek.com', 'deepseek'],
  ['api.cohere.com', 'cohere'],
  ['api.cohere.ai', 'cohere'],
  ['api.perplexity.ai', 'perplexity'],
  ['api.moonshot.ai', 'moonshot_ai'],
  ['api.z.ai', 'z_ai'],
  ['open.bigmodel.cn', 'z_ai'],
];

/** Who answered at an origin; for one that is not known, the API that it speaks. */
export function providerOf(upstream: string, protocol: ProtocolName): string {
  const host = URL.canParse(upstream) ? new URL(upstream).hostname : '';
  const known = PROVIDERS.find(
    ([name]) => host === name || host.endsWith(name.startsWith('-') ? name : `.${name}`),
  );
  return known?.[1] ?? protocol;
}

/** By our endpoints. Where the conventions have no word, one of the same form: what is charged is an operation. */
const OPERATIONS: Readonly<Record<string, string>> = {
  messages: 'chat',
  'chat/completions': 'chat',
  'agents/completions': 'chat',
  responses: 'chat',
  'responses/compact': 'chat',
  'chat/deferred': 'chat',
  'cohere/chat': 'chat',
  'dashscope/generation': 'chat',
  'ollama/chat': 'chat',
  'bedrock/converse': 'chat',
  'bedrock/converse-stream': 'chat',
  'bedrock/invoke': 'chat',
  'bedrock/invoke-stream': 'chat',
  'vertex/rawPredict': 'chat',
  'vertex/streamRawPredict': 'chat',
  'threads/runs': 'chat',
  realtime: 'chat',
  'gemini/live': 'chat',
  'gemini/interactions': 'chat',
  complete: 'text_completion',
  completions: 'text_completion',
  'fim/completions': 'text_completion',
  'ollama/generate': 'text_completion',
  'gemini/generateContent': 'generate_content',
  'gemini/streamGenerateContent': 'generate_content',
  embeddings: 'embeddings',
  'cohere/embed': 'embeddings',
  'gemini/embed': 'embeddings',
  'ollama/embed': 'embeddings',
  rerank: 'rerank',
  'cohere/classify': 'classify',
  images: 'image_generation',
  videos: 'video_generation',
  audio: 'audio',
  ocr: 'ocr',
};

/** `gen_ai.operation.name`; null for what is no inference. */
export function operationOf(endpoint: string): string | null {
  return (Object.hasOwn(OPERATIONS, endpoint) ? OPERATIONS[endpoint] : undefined) ?? null;
}

/** As the conventions recommend. */
export const TOKEN_BOUNDS = exponentialBounds(1, 4, 14);
export const SECONDS_BOUNDS = exponentialBounds(0.01, 2, 14);
