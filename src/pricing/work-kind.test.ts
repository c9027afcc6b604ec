import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestRecord } from '../core/record.ts';
import { loadPriceBook } from './price-book.ts';
import { type WorkKind, WorkKinds } from './work-kind.ts';

const kinds = new WorkKinds(loadPriceBook(''));
const NOON = Date.UTC(2026, 10, 25, 12);
const modelWork = (model: string): WorkKind | null => kinds.ofModel(model, '', NOON);

test('what a model does is told by its name, or by a price for what it reads alone', () => {
  const told: readonly (readonly [string, WorkKind | null])[] = [
    ['gpt-4o', 'text'],
    ['claude-haiku-4-5', 'text'],
    ['gemini-2.5-flash', 'text'],
    // Neither its name nor a price says what it does.
    ['no-such-model', null],
    ['bge-m3', null],
    ['text-embedding-3-small', 'embeddings'],
    ['mistral-embed', 'embeddings'],
    // Nothing in its name says so.
    ['voyage-3', 'embeddings'],
    ['whisper-1', 'transcription'],
    ['gpt-4o-mini-transcribe', 'transcription'],
    ['tts-1-hd', 'speech'],
    ['gpt-4o-mini-tts', 'speech'],
    ['gemini-2.5-pro-preview-tts', 'speech'],
    ['gpt-image-1-mini', 'images'],
    ['gemini-2.5-flash-image', 'images'],
    ['gpt-realtime', 'live speech'],
    ['omni-moderation-latest', 'moderation'],
    ['rerank-v3.5', 'ranking'],
    ['mistral-ocr-latest', 'reading of pages'],
  ];
  for (const [model, kind] of told) assert.equal(modelWork(model), kind, model);
});

test('what a request asks for is told by its endpoint, and elsewhere by the model that ran', () => {
  const recordWork = (endpoint: string, path: string, modelUsed: string): WorkKind =>
    kinds.ofRecord({
      endpoint,
      path,
      modelUsed,
      modelRequested: modelUsed,
      upstream: '',
      startedAtMs: NOON,
    } as RequestRecord);
  assert.equal(recordWork('chat/completions', '/v1/chat/completions', 'gpt-4o'), 'text');
  assert.equal(recordWork('embeddings', '/v1/embeddings', 'my-own'), 'embeddings');
  assert.equal(recordWork('audio', '/v1/audio/speech', 'my-own'), 'speech');
  assert.equal(recordWork('audio', '/v1/audio/transcriptions', 'my-own'), 'transcription');
  assert.equal(recordWork('images', '/v1/images/edits', 'gpt-image-1'), 'images');
  assert.equal(recordWork('moderations', '/v1/moderations', 'my-own'), 'moderation');
  const titan = 'amazon.titan-embed-text-v2:0';
  assert.equal(recordWork('chat/completions', '/v1/chat/completions', 'my-own'), 'text');
  assert.equal(recordWork('bedrock/invoke', `/model/${titan}/invoke`, titan), 'embeddings');
});
