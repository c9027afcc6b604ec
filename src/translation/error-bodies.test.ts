// Errors in the other API's shape, with the status and type that its SDK raises, and what the server said.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorToChat, errorToMessages } from './error-bodies.ts';

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
