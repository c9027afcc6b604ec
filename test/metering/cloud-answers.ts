// Answers of clouds that serve many makers' models, of Google's own API, and of others, in their rarer forms.

import { openai } from '../../src/protocols/openai/protocol.ts';
import {
  type Answer,
  awsMessage,
  chat,
  events,
  JSON_TYPE,
  type Kind,
  type Made,
  STREAM_TYPE,
  said,
  textOf,
} from './answer-parts.ts';

const answer = (path: string, body: unknown, read: Partial<Answer> & Pick<Answer, 'usage'>): Made => ({
  protocol: openai,
  path,
  contentType: JSON_TYPE,
  body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  isFinal: true,
  model: null,
  ...read,
});

const CONVERSE = '/model/anthropic.claude-haiku-4-5-20251001-v1:0/converse';
const converse = (n: number, usage: object, more: object = {}) => ({
  output: { message: { content: [{ text: textOf(n) }] } },
  stopReason: 'end_turn',
  usage,
  ...more,
});

const GEMINI = '/v1beta/models/gemini-2.5-flash:generateContent';
const gemini = (n: number, usage: object, candidate: object = {}) => ({
  candidates: [{ content: { parts: [{ text: textOf(n) }] }, finishReason: 'STOP', ...candidate }],
  modelVersion: 'gemini-2.5-flash',
  usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 20, ...usage },
});
const TEXT = { inputTokens: 100, outputTokens: 20 };
const grounded = (name: string, groundingMetadata: object): Kind => [
  `Gemini, grounded in ${name}`,
  (n) =>
    answer(GEMINI, gemini(n, {}, { groundingMetadata }), {
      usage: TEXT,
      text: textOf(n),
      model: 'gemini-2.5-flash',
      hasUnpricedParts: true,
    }),
];

const spoken = (name: string, usage: object, read: Partial<Answer> & Pick<Answer, 'usage'>): Kind => [
  `Gemini, an answer in sound, ${name}`,
  (n) =>
    answer(
      GEMINI,
      gemini(n, usage, { content: { parts: [{ inlineData: { mimeType: 'audio/pcm', data: 'AAAA' } }] } }),
      { text: '', model: 'gemini-2.5-flash', ...read },
    ),
];

const VECTORS = '/v1beta/models/gemini-embedding-001:embedContent';

export const CLOUDS: readonly Kind[] = [
  spoken('that its usage leaves out', {}, { usage: TEXT, hasUnpricedParts: true }),
  spoken(
    'by the names of its sessions',
    { responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 20 }] },
    { usage: { ...TEXT, outputAudioTokens: 20 } },
  ),
  [
    'Gemini’s vectors of a text',
    (n) =>
      answer(
        VECTORS,
        { embedding: { values: [1] }, usageMetadata: { promptTokenCount: 50 + n, totalTokenCount: 50 + n } },
        { usage: { inputTokens: 50 + n } },
      ),
  ],
  [
    'Gemini’s vectors of pictures, which have another price',
    (n) =>
      answer(
        VECTORS,
        {
          embedding: { values: [1] },
          usageMetadata: {
            promptTokenCount: 300 + n,
            promptTokenDetails: [
              { modality: 'TEXT', tokenCount: 42 + n },
              { modality: 'IMAGE', tokenCount: 258 },
            ],
          },
        },
        { usage: { inputTokens: 300 + n }, hasUnpricedParts: true },
      ),
  ],
  [
    'Bedrock, Nova’s names of what was read from its cache',
    (n) =>
      answer(
        '/model/amazon.nova-lite-v1:0/invoke',
        converse(n, { inputTokens: 30 + n, outputTokens: 6, cacheReadInputTokenCount: 64 }),
        { usage: { inputTokens: 30 + n, outputTokens: 6, cacheReadTokens: 64 }, text: textOf(n) },
      ),
  ],
  [
    'Gemini in the names of Google’s Python',
    (n) =>
      answer(
        GEMINI,
        {
          candidates: [
            {
              content: { parts: [{ text: textOf(n) }] },
              finish_reason: 'STOP',
              grounding_metadata: { web_search_queries: ['lakes'] },
            },
          ],
          model_version: 'gemini-2.5-flash',
          usage_metadata: {
            prompt_token_count: 100 + n,
            candidates_token_count: 20,
            prompt_tokens_details: [{ modality: 'AUDIO', token_count: 60 }],
          },
        },
        {
          usage: { inputTokens: 100 + n, inputAudioTokens: 60, outputTokens: 20 },
          text: textOf(n),
          model: 'gemini-2.5-flash',
          hasUnpricedParts: true,
        },
      ),
  ],
  [
    'Gemini’s list of chunks, broken off',
    (n) =>
      answer(
        '/v1beta/models/gemini-2.5-flash:streamGenerateContent',
        `[${JSON.stringify({ ...gemini(n, {}, { finishReason: null }), usageMetadata: { promptTokenCount: 100 } })},\r\n{"candidates": [{"content": {"parts": [{"text": "x] }`,
        {
          usage: { inputTokens: 100 },
          isFinal: false,
          isCutShort: true,
          text: textOf(n),
          model: 'gemini-2.5-flash',
        },
      ),
  ],
  [
    'Code Assist, which wraps Gemini’s answer',
    (n) =>
      answer(
        '/v1internal:generateContent',
        { response: gemini(n, {}) },
        { usage: TEXT, text: textOf(n), model: 'gemini-2.5-flash' },
      ),
  ],
  [
    'Bedrock Converse, writes that live an hour',
    (n) =>
      answer(
        CONVERSE,
        converse(n, {
          inputTokens: 30 + n,
          outputTokens: 6,
          cacheWriteInputTokens: 1000,
          cacheDetails: [
            { ttl: '1h', inputTokens: 600 },
            { ttl: '5m', inputTokens: 400 },
          ],
        }),
        {
          usage: {
            inputTokens: 30 + n,
            outputTokens: 6,
            cacheWrite5mTokens: 400,
            cacheWrite1hTokens: 600,
          },
          text: textOf(n),
        },
      ),
  ],
  [
    'Bedrock Converse behind a guardrail, by a router',
    (n) =>
      answer(
        CONVERSE,
        converse(
          n,
          { inputTokens: 100, outputTokens: 20 },
          { trace: { guardrail: {}, promptRouter: { invokedModelId: 'amazon.nova-lite-v1:0' } } },
        ),
        { usage: TEXT, text: textOf(n), model: 'amazon.nova-lite-v1:0', hasUnpricedParts: true },
      ),
  ],
  [
    'Bedrock Converse, searches on its servers',
    (n) =>
      answer(
        CONVERSE,
        converse(n, { inputTokens: 100, outputTokens: 20, serverToolUsage: { webSearchRequests: 1 } }),
        { usage: TEXT, text: textOf(n), hasUnpricedParts: true },
      ),
  ],
  [
    'Bedrock Converse, a call of a tool that was cut',
    () => ({
      ...answer(`${CONVERSE}-stream`, '', { usage: {}, isFinal: false, isCutShort: true }),
      contentType: 'application/vnd.amazon.eventstream',
      body: Buffer.concat([
        awsMessage('contentBlockStart', { start: { toolUse: { name: 'weather' } } }),
        awsMessage('contentBlockDelta', { delta: { toolUse: { input: '{"city":"Puno' } } }),
      ]),
      text: 'weather{"city":"Puno',
    }),
  ],
  [
    'Llama on Bedrock',
    (n) =>
      answer(
        '/model/meta.llama3-1-8b-instruct-v1:0/invoke',
        {
          generation: textOf(n),
          prompt_token_count: 100,
          generation_token_count: 20,
          stop_reason: 'stop',
        },
        { usage: TEXT, text: textOf(n) },
      ),
  ],
  [
    'Titan on Bedrock',
    (n) =>
      answer(
        '/model/amazon.titan-text-lite-v1/invoke',
        {
          inputTextTokenCount: 100,
          results: [{ tokenCount: 20, outputText: textOf(n), completionReason: 'FINISH' }],
        },
        { usage: TEXT, text: textOf(n) },
      ),
  ],
  [
    'Nova on Bedrock, in the form of Converse',
    (n) =>
      answer('/model/amazon.nova-lite-v1:0/invoke', converse(n, { inputTokens: 100, outputTokens: 20 }), {
        usage: TEXT,
        text: textOf(n),
      }),
  ],
  [
    'gpt-oss on Bedrock, in the form of a chat',
    (n) =>
      answer('/model/openai.gpt-oss-20b-1:0/invoke', chat(n, { prompt_tokens: 100, completion_tokens: 20 }), {
        usage: TEXT,
        text: textOf(n),
        model: 'gpt-4o-mini',
      }),
  ],
  [
    'Mistral on Vertex AI, streamed in the form of a chat',
    (n) => ({
      ...answer('/v1/projects/p/locations/l/publishers/mistralai/models/m:streamRawPredict', '', {
        usage: TEXT,
        text: textOf(n),
        model: 'gpt-4o-mini',
      }),
      contentType: STREAM_TYPE,
      body: events(...said(n), {
        choices: [{ delta: {}, finish_reason: 'stop' }],
        usage: { prompt_tokens: 100, completion_tokens: 20 },
      }),
    }),
  ],
  grounded('maps', { groundingChunks: [{ maps: {} }] }),
  grounded('pictures', { imageSearchQueries: ['x'] }),
  grounded('a store', { retrievalQueries: ['x'] }),
  [
    'Gemini, pictures',
    (n) =>
      answer(GEMINI, gemini(n, { candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 20 }] }), {
        usage: TEXT,
        extra: { outputImageTokens: 20 },
        text: textOf(n),
        model: 'gemini-2.5-flash',
      }),
  ],
  [
    'Cohere, with searches of its own',
    (n) =>
      answer(
        '/v1/chat',
        {
          text: textOf(n),
          finish_reason: 'COMPLETE',
          meta: { billed_units: { input_tokens: 100, output_tokens: 20, search_units: 1 } },
        },
        { usage: TEXT, text: textOf(n), hasUnpricedParts: true },
      ),
  ],
  [
    'Cohere, pictures that are embedded',
    () =>
      answer(
        '/v2/embed',
        { embeddings: {}, meta: { billed_units: { images: 1 } } },
        { usage: {}, hasUnpricedParts: true },
      ),
  ],
  [
    'a reranking that says nothing of what it read',
    () =>
      answer(
        '/v1/rerank',
        { object: 'list', data: [], usage: { total_tokens: 0 } },
        { usage: {}, isFinal: false },
      ),
  ],
  [
    'a picture that states its cost and nothing else',
    () =>
      answer(
        '/v1/images/generations',
        { data: [{ url: 'x' }], usage: { cost_in_usd_ticks: 200_000_000 } },
        { usage: {}, isFinal: false, reportedNanoUsd: 20_000_000 },
      ),
  ],
  [
    'Ollama, a call of a tool',
    () =>
      answer(
        '/api/chat',
        `${JSON.stringify({
          model: 'llama3.2',
          message: { tool_calls: [{ function: { name: 'weather', arguments: { city: 'Puno' } } }] },
          done: false,
        })}\n`,
        {
          usage: {},
          isFinal: false,
          text: '{"name":"weather","arguments":{"city":"Puno"}}',
          model: 'llama3.2',
        },
      ),
  ],
  [
    'a response that does not say what it is',
    (n) =>
      answer(
        '/v1/responses',
        {
          id: 'resp_own',
          status: 'completed',
          model: 'gpt-5',
          output: [{ type: 'message', content: [{ text: textOf(n) }] }],
          usage: { input_tokens: 100, output_tokens: 20 },
        },
        { usage: TEXT, text: textOf(n), model: 'gpt-5' },
      ),
  ],
];
