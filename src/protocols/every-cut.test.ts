// The meters over whole answers of our own making, cut in two at every byte, with every kind of line end.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { MeterReading, Protocol } from '../core/protocol.ts';
import { NO_USAGE, type TokenUsage } from '../core/usage.ts';
import { anthropic } from './anthropic/protocol.ts';
import { EMPTY_READING } from './meters/metering.ts';
import { openai } from './openai/protocol.ts';

interface Fixture {
  readonly file: string;
  readonly protocol: Protocol;
  readonly path: string;
  readonly reading: Partial<MeterReading>;
  readonly usage: Partial<TokenUsage>;
  readonly serviceTier: string | null;
  readonly text: string;
  /** The provider used tools of its own in between. */
  readonly isSum?: true;
}

const MESSAGES = { protocol: anthropic, path: '/v1/messages' };
const CHAT = { protocol: openai, path: '/v1/chat/completions' };
const RESPONSES = { protocol: openai, path: '/v1/responses' };

const FIXTURES: readonly Fixture[] = [
  {
    ...MESSAGES,
    file: 'anthropic/fixtures/thinking-tool-cache.sse',
    reading: { model: 'claude-sonnet-4-5-20250929', responseId: 'msg_own1', finishReason: 'tool_use' },
    usage: {
      inputTokens: 61,
      cacheReadTokens: 1024,
      cacheWrite5mTokens: 200,
      cacheWrite1hTokens: 300,
      outputTokens: 57,
      reasoningTokens: 21,
      webSearches: 2,
    },
    serviceTier: 'standard',
    text: 'Größe prüfen 💶 — é漢字👩‍💻{"ort":"Köln"}',
    isSum: true,
  },
  {
    ...MESSAGES,
    file: 'anthropic/fixtures/error-in-stream.sse',
    reading: {
      model: 'claude-haiku-4-5-20251001',
      responseId: 'msg_own2',
      errorCode: 'overloaded_error',
      usageIsFinal: false,
      complete: false,
      isCutShort: true,
    },
    usage: { inputTokens: 12, outputTokens: 1 },
    serviceTier: null,
    text: 'Bis hierher ✓',
  },
  {
    ...MESSAGES,
    file: 'anthropic/fixtures/tool-use.json',
    reading: { model: 'claude-opus-4-6', responseId: 'msg_own3', finishReason: 'tool_use' },
    usage: { inputTokens: 5, cacheReadTokens: 11, cacheWrite5mTokens: 7, outputTokens: 13 },
    serviceTier: 'priority',
    text: 'Hm 🤔Naïve façade{"a":1,"b":2}',
  },
  {
    ...CHAT,
    file: 'openai/fixtures/chat-tools-cache.sse',
    reading: { model: 'gpt-4o-2024-08-06', responseId: 'chatcmpl-own1', finishReason: 'tool_calls' },
    usage: { inputTokens: 1024, cacheReadTokens: 1024, outputTokens: 40, reasoningTokens: 8 },
    serviceTier: 'default',
    text: 'Grüße, 世界 🌍get_weather{"ort":"Åre"}',
  },
  {
    ...CHAT,
    file: 'openai/fixtures/chat.json',
    reading: { model: 'gpt-4o-2024-08-06', responseId: 'chatcmpl-own2', finishReason: 'stop' },
    usage: { inputTokens: 9, outputTokens: 6 },
    serviceTier: null,
    text: 'Ça va — très bien 😀',
  },
  {
    ...CHAT,
    file: 'openai/fixtures/usage-on-last-chunk.sse',
    reading: { model: 'llama-3.3-70b', responseId: 'own3', finishReason: 'stop' },
    usage: { inputTokens: 30, outputTokens: 12 },
    serviceTier: null,
    text: 'Первое… второе',
  },
  {
    ...RESPONSES,
    file: 'openai/fixtures/responses-reasoning.sse',
    reading: {
      model: 'gpt-5-2025-08-07',
      responseId: 'resp_own1',
      finishReason: 'completed',
      billingKey: 'response:resp_own1 1760000000',
    },
    usage: { inputTokens: 44, cacheReadTokens: 256, outputTokens: 90, reasoningTokens: 64, webSearches: 1 },
    serviceTier: 'default',
    text: 'Über Zahlen ∑ Größer als 1 €{"n":"½"}',
    isSum: true,
  },
  {
    ...RESPONSES,
    file: 'openai/fixtures/responses-incomplete.json',
    reading: {
      model: 'gpt-5-2025-08-07',
      responseId: 'resp_own2',
      finishReason: 'max_output_tokens',
      billingKey: 'response:resp_own2 1760000000',
    },
    usage: { inputTokens: 20, outputTokens: 16 },
    serviceTier: 'default',
    text: 'Unfertig …',
  },
];

for (const fixture of FIXTURES) {
  test(`${fixture.file} is read the same at every cut`, () => {
    const text = readFileSync(new URL(`./${fixture.file}`, import.meta.url), 'utf8');
    const isStream = fixture.file.endsWith('.sse');
    const wanted = {
      reading: {
        ...EMPTY_READING,
        usageIsFinal: true,
        complete: true,
        ...fixture.reading,
        runs: [
          {
            kind: 'message',
            model: null,
            usage: { ...NO_USAGE, ...fixture.usage },
            serviceTier: fixture.serviceTier,
            speed: null,
            inferenceGeo: null,
            ...(fixture.isSum && { isSum: true }),
          },
        ],
      },
      text: fixture.text,
    };
    for (const form of isStream ? streamForms(text) : [text]) {
      const bytes = Buffer.from(form);
      for (let cut = 0; cut <= bytes.length; cut += 1) {
        assert.deepEqual(read(fixture, isStream, [bytes.subarray(0, cut), bytes.subarray(cut)]), wanted);
      }
      assert.deepEqual(
        read(
          fixture,
          isStream,
          [...bytes].map((byte) => Buffer.of(byte)),
        ),
        wanted,
      );
    }
  });
}

/** The line ends that the standard allows, a byte order mark, and a last event without its blank line. */
function streamForms(text: string): string[] {
  return [text, text.replaceAll('\n', '\r\n'), text.replaceAll('\n', '\r'), `\ufeff${text}`, text.trimEnd()];
}

function read({ protocol, path }: Fixture, isStream: boolean, chunks: readonly Buffer[]) {
  const head = { status: 200, contentType: isStream ? 'text/event-stream' : 'application/json' };
  const meter = protocol.meter(protocol.endpoint('POST', path), head, path);
  assert.ok(meter !== null);
  for (const chunk of chunks) meter.push(chunk);
  return { reading: meter.end(), text: meter.generatedText() };
}
