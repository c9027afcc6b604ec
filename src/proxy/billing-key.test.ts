import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownAnswers } from '../ledger/known-answers.ts';
import { billingKeyOf } from './billing-key.ts';

test('an answer that is fetched keeps its key, and one that is made anew under a known id has none', () => {
  const known = new KnownAnswers();
  const keyOf = (method: string, path: string, key: string | null = 'response:r1', isWebSocket = false) =>
    billingKeyOf({ method, path, isWebSocket, startedAtMs: 0 }, key, known, 1);
  assert.equal(keyOf('POST', '/v1/responses'), 'response:r1');
  assert.equal(keyOf('GET', '/v1/responses/r1'), 'response:r1');
  assert.equal(keyOf('POST', '/v1/responses/r1/cancel'), 'response:r1');
  assert.equal(keyOf('POST', '/v1/responses'), null);
  assert.equal(keyOf('GET', '/v1/responses', 'response:r1', true), null);
  assert.equal(keyOf('POST', '/v1/responses', 'response:r2'), 'response:r2');
  assert.equal(keyOf('POST', '/v1/responses', null), null);
});

test('an answer that was fetched before its maker had told it is the same, and not one that is made later', () => {
  const known = new KnownAnswers();
  const key = 'response:r1';
  const got = { method: 'GET', path: '/v1/responses/r1', isWebSocket: false, startedAtMs: 5 };
  const made = { method: 'POST', path: '/v1/responses', isWebSocket: false };
  assert.equal(billingKeyOf(got, key, known, 7), key);
  assert.equal(billingKeyOf({ ...made, startedAtMs: 0 }, key, known, 9), key);
  assert.equal(billingKeyOf({ ...made, startedAtMs: 8 }, key, known, 9), null);
  assert.equal(billingKeyOf(got, key, known, 10), key);
});

test('of two that make answers under one id at a time, one alone is spared by a fetch', () => {
  const known = new KnownAnswers();
  const keyOf = (method: string, path: string, startedAtMs: number, nowMs: number) =>
    billingKeyOf({ method, path, isWebSocket: false, startedAtMs }, 'response:r1', known, nowMs);
  assert.equal(keyOf('GET', '/v1/responses/r1', 5, 6), 'response:r1');
  assert.equal(keyOf('POST', '/v1/responses', 1, 7), 'response:r1');
  assert.equal(keyOf('POST', '/v1/responses', 2, 8), null);
});

test('a path names an answer by one of its parts, however that is written', () => {
  const known = new KnownAnswers();
  const keyOf = (path: string, key: string) =>
    billingKeyOf({ method: 'POST', path, isWebSocket: false, startedAtMs: 0 }, key, known, 1);
  for (const id of ['1', 'resp', 'v']) {
    assert.equal(keyOf('/v1/responses', `response:${id}`), `response:${id}`);
    assert.equal(keyOf('/v1/responses', `response:${id}`), null, id);
  }
  assert.equal(keyOf('/v1/responses', 'response:a=='), 'response:a==');
  assert.equal(keyOf('/v1/responses/a%3D%3D/cancel', 'response:a=='), 'response:a==');
  assert.equal(keyOf('/v1/responses', 'response:a:b'), 'response:a:b');
  assert.equal(keyOf('/v1/responses/a:b/cancel', 'response:a:b'), 'response:a:b');
  assert.equal(keyOf('/v1/responses/a==:cancel', 'response:a=='), 'response:a==');
});
