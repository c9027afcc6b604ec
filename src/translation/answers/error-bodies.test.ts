// Errors in the other API's shape, with the status and type that its SDK raises, and what the server said.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ToolNames } from '../tools/tool-names.ts';
import {
  chunkErrorToEvent,
  errorToChat,
  errorToMessages,
  eventErrorToChunk,
  statusIn,
} from './error-bodies.ts';
import { StreamToChat } from './stream-to-chat.ts';

test('every status that either API uses has its type in the other', () => {
  const types = [400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504].map((status) => {
    const { status: theirs, body } = errorToMessages(status, { error: { message: 'm' } }, '');
    return [theirs, (body.error as { type: string }).type];
  });
  assert.deepEqual(types, [
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [402, 'billing_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [409, 'invalid_request_error'],
    [413, 'request_too_large'],
    [422, 'invalid_request_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [502, 'api_error'],
    [529, 'overloaded_error'],
    [504, 'timeout_error'],
  ]);
  const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  assert.deepEqual(errorToChat(529, overloaded, ''), {
    status: 503,
    body: { error: { message: 'Overloaded', type: 'server_error', param: null, code: 'overloaded_error' } },
  });
  assert.deepEqual(errorToChat(401, { error: { type: 'authentication_error', message: 'No' } }, '').body, {
    error: { message: 'No', type: 'invalid_request_error', param: null, code: 'authentication_error' },
  });
});

test('what compatible servers write is read too, and what is no JSON is shown', () => {
  const told = (body: Record<string, unknown> | null, text = ''): string =>
    (errorToMessages(500, body, text).body.error as { message: string }).message;
  assert.equal(told({ message: 'a' }), 'a');
  assert.equal(told({ error: 'b' }), 'b');
  assert.equal(told({ detail: 'c' }), 'c');
  assert.equal(told(null, '<html>'), 'The upstream answered 500: <html>');
  assert.ok(told(null, 'x'.repeat(10_000)).length < 600);
});

test('an error inside a 200 has the status of its type or code', () => {
  const told = (type: string | null, code: unknown = null): number => statusIn({ type, code, message: 'm' });
  assert.deepEqual(
    ['invalid_request_error', 'not_found_error', 'timeout_error', 'billing_error', 'api_error', null].map(
      (type) => told(type),
    ),
    [400, 404, 504, 402, 502, 502],
  );
  assert.deepEqual(
    [
      429,
      '503',
      'rate_limit_exceeded',
      'insufficient_quota',
      'engine_overloaded',
      'context_length_exceeded',
      7,
    ].map((code) => told(null, code)),
    [429, 503, 429, 429, 529, 400, 502],
  );
});

test('an error in a stream has the type and the words that it would have as an answer', () => {
  const event = (error: Record<string, unknown>): unknown => chunkErrorToEvent(error).error;
  assert.deepEqual(event({ message: 'Too many.', code: 'context_length_exceeded' }), {
    type: 'invalid_request_error',
    message: 'prompt is too long: Too many.',
  });
  assert.deepEqual(event({ message: 'Empty.', code: 'insufficient_quota' }), {
    type: 'billing_error',
    message: 'Empty.',
  });
  assert.deepEqual(event({ message: 'm', type: 'engine_overloaded' }), {
    type: 'overloaded_error',
    message: 'm',
  });
  assert.deepEqual(event({ code: 503 }), {
    type: 'overloaded_error',
    message: 'The upstream reported an error.',
  });
  const chunk = (type: string, message: string): unknown => {
    const { error } = eventErrorToChunk({ type: 'error', error: { type, message } });
    return [(error as Record<string, unknown>).type, (error as Record<string, unknown>).code];
  };
  assert.deepEqual(chunk('invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum'), [
    'invalid_request_error',
    'context_length_exceeded',
  ]);
  assert.deepEqual(chunk('overloaded_error', 'Overloaded'), ['server_error', 'overloaded_error']);
  assert.deepEqual(chunk('billing_error', 'm'), ['invalid_request_error', 'insufficient_quota']);
  const wish = {
    stream: true,
    streamUsage: true,
    thoughts: true,
    toolNames: new ToolNames(),
    stops: [],
    callIds: new Set<string>(),
  };
  for (const error of ['boom', { message: 'boom' }]) {
    const stream = new StreamToChat({ wish, createdAtSeconds: 0 });
    const told = stream.push(Buffer.from(`event: error\ndata: ${JSON.stringify({ error })}\n\n`));
    assert.match(Buffer.from(told).toString(), /"message":"boom"/);
    assert.equal(stream.isWhole, true);
  }
});
