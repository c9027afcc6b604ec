// What is charged beside tokens, from the provider's answer to its cost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadPriceBook } from '../src/pricing/price-book.ts';
import type { DocumentReader } from '../src/protocols/meters/metering.ts';
import { CompletionsReader } from '../src/protocols/openai/completions-reader.ts';
import { MediaReader } from '../src/protocols/openai/media-reader.ts';
import { RealtimeMeter } from '../src/protocols/openai/realtime-meter.ts';
import { ResponsesReader } from '../src/protocols/openai/responses-reader.ts';
import { question } from './price-questions.ts';

const book = loadPriceBook('');

/** Nano-dollars; null where the cost is unknown. `asked` is the model of the request. */
function priced(reader: DocumentReader, asked: string, ...documents: readonly object[]): number | null {
  for (const document of documents) reader.read(document);
  const { runs, model, hasUnpricedParts } = reader.reading();
  return hasUnpricedParts ? null : book.cost(question(model ?? asked, runs)).costNanoUsd;
}

const media = (model: string, ...documents: readonly object[]) =>
  priced(new MediaReader(), model, ...documents);

test('a transcription that tells its length costs by the minute', () => {
  assert.equal(media('whisper-1', { text: 'x', usage: { type: 'duration', seconds: 95 } }), 9_500_000);
  assert.equal(media('whisper-1', { text: 'x', usage: { type: 'duration', seconds: 0.5 } }), 50_000);
  for (const seconds of [0, -1, 'x', null, 1e300])
    assert.equal(
      media('whisper-1', { text: 'x', usage: { type: 'duration', seconds } }),
      null,
      String(seconds),
    );
  assert.equal(media('house-ears', { text: 'x', usage: { type: 'duration', seconds: 95 } }), null);
});

test('pictures cost what their tokens cost, where it is told how many are pictures', () => {
  const usage = { input_tokens: 12, output_tokens: 4160, total_tokens: 4172 };
  const details = { input_tokens_details: { text_tokens: 12, image_tokens: 0 } };
  const whole = { created: 1, data: [{ b64_json: 'AAAA' }], usage: { ...usage, ...details } };
  assert.equal(media('gpt-image-1', whole), 166_460_000);
  assert.equal(media('gpt-image-1', { ...whole, usage }), null);
  const events = { type: 'image_generation.completed', usage: { ...usage, ...details } };
  assert.equal(media('gpt-image-1', events, events), 2 * 166_460_000);
  assert.equal(media('gpt-image-1.5', whole), null);
});

test('a search model’s every answer pays for its search', () => {
  const answer = (model: string) => ({
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 20, completion_tokens: 300, total_tokens: 320 },
  });
  const chat = (model: string) => priced(new CompletionsReader(), model, answer(model));
  assert.equal(chat('gpt-4o-search-preview-2025-03-11'), 28_050_000);
  assert.equal(chat('gpt-4o-mini-search-preview'), 25_183_000);
  assert.equal(chat('gpt-5-search-api'), 13_025_000);
  assert.equal(chat('house-search-preview'), null);
  assert.equal(chat('gpt-4o'), 3_050_000);
});

const response = (fields: object) => ({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'gpt-4o',
  output: [],
  usage: { input_tokens: 1000, output_tokens: 0, total_tokens: 1000 },
  ...fields,
});
const responses = (fields: object) => priced(new ResponsesReader(), 'gpt-4o', response(fields));
const SEARCH = { type: 'web_search_call', action: { type: 'search' } };

test('searches of a Responses answer cost by their tool', () => {
  const output = [SEARCH, { type: 'web_search_call', action: { type: 'open_page' } }];
  assert.equal(responses({ output, tools: [{ type: 'web_search' }] }), 2_500_000 + 10_000_000);
  assert.equal(responses({ output, tools: [{ type: 'web_search_preview' }] }), 2_500_000 + 25_000_000);
  const reasoning = { model: 'gpt-5', output, tools: [{ type: 'web_search_preview' }] };
  assert.equal(responses(reasoning), 1_250_000 + 10_000_000);
  assert.equal(responses({ output: [{ type: 'file_search_call' }] }), 2_500_000 + 2_500_000);
  assert.equal(responses({ output: [{ type: 'code_interpreter_call' }] }), null);
});

test('pictures that a Responses answer had made cost what their own model costs, or are unknown', () => {
  const output = [{ type: 'image_generation_call', status: 'completed' }];
  const image_gen = {
    input_tokens: 40,
    output_tokens: 7024,
    total_tokens: 7064,
    input_tokens_details: { text_tokens: 40, image_tokens: 0 },
    output_tokens_details: { image_tokens: 7024, text_tokens: 0 },
  };
  const tools = [{ type: 'image_generation', model: 'gpt-image-2' }];
  const pictures = 40 * 5000 + 7024 * 30_000;
  assert.equal(responses({ output, tools, tool_usage: { image_gen } }), 2_500_000 + pictures);
  assert.equal(responses({ output, tools: [{ type: 'image_generation' }], tool_usage: { image_gen } }), null);
  assert.equal(responses({ output, tools }), null);
  assert.equal(responses({ output, tools, tool_usage: { other: { input_tokens: 1 } } }), null);
});

test('pictures that are shown in a Realtime session have their own price', () => {
  const cost = (details: object) => {
    const meter = new RealtimeMeter();
    const usage = { input_tokens: 1000, output_tokens: 0, total_tokens: 1000, input_token_details: details };
    meter.read({ type: 'response.done', response: { id: 'r', status: 'completed', usage } });
    return book.cost(question('gpt-realtime', meter.reading().runs)).costNanoUsd;
  };
  assert.equal(cost({ text_tokens: 1000, audio_tokens: 0, cached_tokens: 0 }), 4_000_000);
  assert.equal(cost({ text_tokens: 600, image_tokens: 400, cached_tokens: 0 }), 4_400_000);
  const cached = { text_tokens: 0, image_tokens: 400 };
  assert.equal(
    cost({ text_tokens: 600, image_tokens: 0, cached_tokens: 400, cached_tokens_details: cached }),
    2_600_000,
  );
});

test('an answer of Vertex AI’s in OpenAI’s form pays for the kind of traffic that it was', () => {
  const cost = (traffic: string) => {
    const extra_properties = { google: { traffic_type: traffic } };
    const usage = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100, extra_properties };
    const answer = {
      model: 'google/gemini-2.5-flash',
      choices: [{ index: 0, finish_reason: 'stop' }],
      usage,
    };
    return priced(new CompletionsReader(), 'gemini-2.5-flash', answer);
  };
  assert.equal(cost('ON_DEMAND'), 550_000);
  assert.equal(cost('ON_DEMAND_PRIORITY'), 990_000);
  assert.equal(cost('ON_DEMAND_FLEX'), 275_000);
  assert.equal(cost('PROVISIONED_THROUGHPUT'), null);
});
