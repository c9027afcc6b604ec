// Answers of media endpoints, and of APIs of other makers.

import { anthropic } from '../../src/protocols/anthropic/protocol.ts';
import { openai } from '../../src/protocols/openai/protocol.ts';
import {
  awsMessage,
  events,
  JSON_TYPE,
  type Kind,
  STREAM_TYPE,
  textOf,
  typed,
  wordsOf,
} from './answer-parts.ts';

export const OTHERS: readonly Kind[] = [
  [
    'embeddings with a total alone',
    (n) => ({
      protocol: openai,
      path: '/v1/embeddings',
      contentType: JSON_TYPE,
      body: JSON.stringify({
        object: 'list',
        model: 'text-embedding-3-small',
        data: [],
        usage: { total_tokens: 20 + n },
      }),
      usage: { inputTokens: 20 + n },
      isFinal: true,
      model: 'text-embedding-3-small',
    }),
  ],
  [
    'a transcription',
    (n) => ({
      protocol: openai,
      path: '/v1/audio/transcriptions',
      contentType: JSON_TYPE,
      body: JSON.stringify({
        text: textOf(n),
        usage: {
          type: 'tokens',
          input_tokens: 140 + n,
          input_token_details: { text_tokens: 10, audio_tokens: 130 + n },
          output_tokens: 45,
          total_tokens: 185 + n,
        },
      }),
      usage: { inputTokens: 140 + n, inputAudioTokens: 130 + n, outputTokens: 45 },
      isFinal: true,
      text: textOf(n),
      model: null,
    }),
  ],
  [
    'a transcription by the second',
    (n) => ({
      protocol: openai,
      path: '/v1/audio/transcriptions',
      contentType: JSON_TYPE,
      body: JSON.stringify({ text: textOf(n), usage: { type: 'duration', seconds: 95 + n } }),
      usage: {},
      extra: { audioMs: (95 + n) * 1000 },
      isFinal: true,
      text: textOf(n),
      model: null,
    }),
  ],
  [
    'a transcription with its length among what was heard',
    (n) => ({
      protocol: openai,
      path: '/v1/audio/transcriptions',
      contentType: JSON_TYPE,
      body: JSON.stringify({
        task: 'transcribe',
        language: 'english',
        duration: 95.5 + n,
        text: textOf(n),
        segments: [],
      }),
      usage: {},
      extra: { audioMs: 95_500 + n * 1000 },
      isFinal: true,
      text: textOf(n),
      model: null,
    }),
  ],
  [
    'a transcription, streamed',
    (n) => ({
      protocol: openai,
      path: '/v1/audio/transcriptions',
      contentType: STREAM_TYPE,
      body: events(...wordsOf(n).map((delta) => ({ type: 'transcript.text.delta', delta })), {
        type: 'transcript.text.done',
        text: textOf(n),
        usage: {
          type: 'tokens',
          input_tokens: 60 + n,
          input_token_details: { audio_tokens: 60 + n },
          output_tokens: 9,
        },
      }),
      usage: { inputTokens: 60 + n, inputAudioTokens: 60 + n, outputTokens: 9 },
      isFinal: true,
      text: textOf(n),
      model: null,
    }),
  ],
  [
    'speech, streamed',
    (n) => ({
      protocol: openai,
      path: '/v1/audio/speech',
      contentType: STREAM_TYPE,
      body: events(
        { type: 'speech.audio.delta', audio: 'AAAA' },
        {
          type: 'speech.audio.done',
          usage: { input_tokens: 14 + n, output_tokens: 101, total_tokens: 115 + n },
        },
      ),
      usage: { inputTokens: 14 + n, outputTokens: 101, outputAudioTokens: 101 },
      isFinal: true,
      model: null,
    }),
  ],
  [
    'an image',
    (n) => ({
      protocol: openai,
      path: '/v1/images/generations',
      contentType: JSON_TYPE,
      body: JSON.stringify({
        data: [{ b64_json: 'AAAA' }],
        usage: { input_tokens: 12, output_tokens: 4160 + n },
      }),
      usage: { inputTokens: 12, outputTokens: 4160 + n },
      isFinal: true,
      model: null,
    }),
  ],
  [
    'an image, streamed',
    (n) => ({
      protocol: openai,
      path: '/v1/images/edits',
      contentType: STREAM_TYPE,
      body: typed(
        { type: 'image_edit.partial_image', b64_json: 'AAAA' },
        {
          type: 'image_edit.completed',
          b64_json: 'AAAA',
          usage: { input_tokens: 12, output_tokens: 4160 + n },
        },
      ),
      usage: { inputTokens: 12, outputTokens: 4160 + n },
      isFinal: true,
      model: null,
    }),
  ],
  [
    'Gemini',
    (n) => ({
      protocol: openai,
      path: '/v1beta/models/gemini-2.5-pro:generateContent',
      contentType: JSON_TYPE,
      body: JSON.stringify({
        candidates: [{ content: { parts: [{ text: textOf(n) }] }, finishReason: 'STOP' }],
        modelVersion: 'gemini-2.5-pro',
        responseId: 'r',
        usageMetadata: {
          promptTokenCount: 100 + n,
          cachedContentTokenCount: 60,
          candidatesTokenCount: 5,
          thoughtsTokenCount: 20,
          totalTokenCount: 125 + n,
        },
      }),
      usage: { inputTokens: 40 + n, cacheReadTokens: 60, outputTokens: 25, reasoningTokens: 20 },
      isFinal: true,
      text: textOf(n),
      model: 'gemini-2.5-pro',
    }),
  ],
  [
    'Gemini, streamed',
    (n) => ({
      protocol: openai,
      path: '/v1beta/models/gemini-2.5-pro:streamGenerateContent',
      contentType: STREAM_TYPE,
      body: events(
        ...wordsOf(n).map((text, index) => ({
          candidates: [{ content: { parts: [{ text }] } }],
          modelVersion: 'gemini-2.5-pro',
          usageMetadata: { promptTokenCount: 100 + n, candidatesTokenCount: index + 1 },
        })),
        {
          candidates: [{ finishReason: 'STOP' }],
          usageMetadata: { promptTokenCount: 100 + n, candidatesTokenCount: 50 },
        },
      ),
      usage: { inputTokens: 100 + n, outputTokens: 50 },
      isFinal: true,
      text: textOf(n),
      model: 'gemini-2.5-pro',
    }),
  ],
  [
    'Gemini, as an array',
    (n) => ({
      protocol: anthropic,
      path: '/v1beta/models/gemini-2.5-pro:streamGenerateContent',
      contentType: JSON_TYPE,
      body: JSON.stringify([
        { candidates: [{ content: { parts: [{ text: textOf(n) }] } }], modelVersion: 'gemini-2.5-pro' },
        {
          candidates: [{ finishReason: 'STOP', groundingMetadata: { webSearchQueries: ['x'] } }],
          usageMetadata: { promptTokenCount: 100 + n, candidatesTokenCount: 50 },
        },
      ]),
      usage: { inputTokens: 100 + n, outputTokens: 50 },
      isFinal: true,
      text: textOf(n),
      hasUnpricedParts: true,
      model: 'gemini-2.5-pro',
    }),
  ],
  [
    'Bedrock Converse',
    (n) => ({
      protocol: openai,
      path: '/model/amazon.nova-pro-v1:0/converse',
      contentType: JSON_TYPE,
      body: JSON.stringify({
        output: { message: { content: [{ text: textOf(n) }] } },
        stopReason: 'end_turn',
        usage: { inputTokens: 30 + n, outputTokens: 628, cacheReadInputTokens: 7, totalTokens: 665 + n },
      }),
      usage: { inputTokens: 30 + n, outputTokens: 628, cacheReadTokens: 7 },
      isFinal: true,
      text: textOf(n),
      model: null,
    }),
  ],
  [
    'Bedrock Converse, streamed',
    (n) => ({
      protocol: openai,
      path: '/model/amazon.nova-pro-v1:0/converse-stream',
      contentType: 'application/vnd.amazon.eventstream',
      body: Buffer.concat([
        ...wordsOf(n).map((text) => awsMessage('contentBlockDelta', { delta: { text } })),
        awsMessage('messageStop', { stopReason: 'end_turn' }),
        awsMessage('metadata', { usage: { inputTokens: 30 + n, outputTokens: 628 } }),
      ]),
      usage: { inputTokens: 30 + n, outputTokens: 628 },
      isFinal: true,
      text: textOf(n),
      model: null,
    }),
  ],
  [
    'Cohere',
    (n) => ({
      protocol: openai,
      path: '/v2/chat',
      contentType: JSON_TYPE,
      body: JSON.stringify({
        id: 'c',
        finish_reason: 'COMPLETE',
        message: { content: [{ type: 'text', text: textOf(n) }] },
        usage: {
          billed_units: { input_tokens: 17 + n, output_tokens: 12 },
          tokens: { input_tokens: 215, output_tokens: 12 },
        },
      }),
      usage: { inputTokens: 17 + n, outputTokens: 12 },
      isFinal: true,
      text: textOf(n),
      model: null,
    }),
  ],
  [
    'Cohere, streamed',
    (n) => ({
      protocol: openai,
      path: '/v2/chat',
      contentType: STREAM_TYPE,
      body: typed(
        ...wordsOf(n).map((text) => ({ type: 'content-delta', delta: { message: { content: { text } } } })),
        {
          type: 'message-end',
          delta: {
            finish_reason: 'COMPLETE',
            usage: { billed_units: { input_tokens: 17 + n, output_tokens: 12 } },
          },
        },
      ),
      usage: { inputTokens: 17 + n, outputTokens: 12 },
      isFinal: true,
      text: textOf(n),
      model: null,
    }),
  ],
  [
    'Ollama, a line a piece',
    (n) => ({
      protocol: openai,
      path: '/api/chat',
      contentType: 'application/x-ndjson',
      body: [
        ...wordsOf(n).map((content) => ({
          model: 'llama3.2',
          message: { role: 'assistant', content },
          done: false,
        })),
        { model: 'llama3.2', done: true, done_reason: 'stop', prompt_eval_count: 26 + n, eval_count: 298 },
      ]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
      usage: { inputTokens: 26 + n, outputTokens: 298 },
      isFinal: true,
      text: textOf(n),
      model: 'llama3.2',
    }),
  ],
  [
    'Ollama, without its last line',
    (n) => ({
      protocol: openai,
      path: '/api/generate',
      contentType: 'application/x-ndjson',
      body: wordsOf(n)
        .map((response) => `${JSON.stringify({ model: 'llama3.2', response, done: false })}\n`)
        .join(''),
      usage: {},
      isCutShort: true,
      text: textOf(n),
      model: 'llama3.2',
    }),
  ],
  [
    'Cohere’s first version, without its last line',
    (n) => ({
      protocol: openai,
      path: '/v1/chat',
      contentType: 'application/stream+json',
      body: wordsOf(n)
        .map((text) => `${JSON.stringify({ is_finished: false, event_type: 'text-generation', text })}\n`)
        .join(''),
      usage: {},
      isCutShort: true,
      text: textOf(n),
      model: null,
    }),
  ],
];
