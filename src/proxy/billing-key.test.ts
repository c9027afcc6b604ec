import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../core/protocol.ts';
import { NO_USAGE } from '../core/usage.ts';
import { KnownAnswers } from '../ledger/known-answers.ts';
import { EMPTY_READING } from '../protocols/meters/metering.ts';
import { billingKeyOf, unchargedReading } from './billing-key.ts';

const RUN = {
  ...{ kind: 'message', model: null, usage: { ...NO_USAGE, inputTokens: 1 } },
  ...{ serviceTier: null, speed: null, inferenceGeo: null },
};
/** Of an answer with figures, `response:ID` or `response:ID TIME`. */
const told = (key: string | null, more: object = {}) => ({
  ...{ ...EMPTY_READING, runs: [RUN], billingKey: key },
  ...{ responseId: key === null ? null : (/^response:(\S*)/.exec(key)?.[1] ?? null), ...more },
});
const ENDPOINT: Endpoint = {
  ...{ name: 'other', hasModel: false, model: null, metered: true, asksForStreamUsage: false },
  charge: 'nothing',
};
type Call = Parameters<typeof billingKeyOf>[0];
const keyIn = (call: Call, key: string | null, known: KnownAnswers, nowMs: number) =>
  billingKeyOf(call, told(key), [RUN], known, nowMs);

test('an answer that is fetched keeps its key, and one that is made anew under a known id has none', () => {
  const known = new KnownAnswers();
  const keyOf = (method: string, path: string, key: string | null = 'response:r1', isWebSocket = false) =>
    keyIn({ method, path, isWebSocket, startedAtMs: 0 }, key, known, 1);
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
  assert.equal(keyIn(got, key, known, 7), key);
  assert.equal(keyIn({ ...made, startedAtMs: 0 }, key, known, 9), key);
  assert.equal(keyIn({ ...made, startedAtMs: 8 }, key, known, 9), null);
  assert.equal(keyIn(got, key, known, 10), key);
});

test('of two that make answers under one id at a time, one alone is spared by a fetch', () => {
  const known = new KnownAnswers();
  const keyOf = (method: string, path: string, startedAtMs: number, nowMs: number) =>
    keyIn({ method, path, isWebSocket: false, startedAtMs }, 'response:r1', known, nowMs);
  assert.equal(keyOf('GET', '/v1/responses/r1', 5, 6), 'response:r1');
  assert.equal(keyOf('POST', '/v1/responses', 1, 7), 'response:r1');
  assert.equal(keyOf('POST', '/v1/responses', 2, 8), null);
});

test('a path names an answer by one of its parts, however that is written', () => {
  const known = new KnownAnswers();
  const keyOf = (path: string, key: string) =>
    keyIn({ method: 'POST', path, isWebSocket: false, startedAtMs: 0 }, key, known, 1);
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

test('an answer that is made under a known id at another time is another, whatever is fetched of it', () => {
  const known = new KnownAnswers();
  const made = { method: 'POST', path: '/v1/responses', isWebSocket: false, startedAtMs: 0 };
  const got = { ...made, method: 'GET', path: '/v1/responses/r1' };
  assert.equal(keyIn(made, 'response:r1 100', known, 1), 'response:r1 100');
  assert.equal(keyIn(made, 'response:r1 200', known, 2), 'response:r1 200');
  assert.equal(keyIn(made, 'response:r1 200', known, 3), null);
  assert.equal(keyIn(got, 'response:r1 200', known, 4), 'response:r1 200');
  // Some servers tell another time whenever they are asked.
  assert.equal(keyIn(got, 'response:r1 205', known, 5), 'response:r1 200');
});

test('an answer that is made in the background is known by its making, and one under its id later is another', () => {
  const known = new KnownAnswers();
  const made = { method: 'POST', path: '/v1/responses', isWebSocket: false, startedAtMs: 0 };
  const got = { ...made, method: 'GET', path: '/v1/responses/r1' };
  const make = (key: string) => billingKeyOf(made, told(key, { runs: [], isDeferred: true }), [], known, 1);
  assert.equal(make('response:r1 100'), null);
  assert.equal(keyIn(got, 'response:r1 101', known, 2), 'response:r1 100');
  assert.equal(keyIn(got, 'response:r1 102', known, 3), 'response:r1 100');
  assert.equal(make('response:r1 200'), null);
  assert.equal(keyIn(got, 'response:r1 200', known, 4), 'response:r1 200');
});

test('who fetches an answer asks whether it was charged elsewhere, until it was charged here', async () => {
  const known = new KnownAnswers();
  const made = { method: 'POST', path: '/v1/responses', isWebSocket: false, startedAtMs: 0 };
  const got = { ...made, method: 'GET', path: '/v1/responses/r1', endpoint: ENDPOINT };
  const asked: string[] = [];
  let answer = true;
  const before = {
    chargedLines: { has: () => false, take: () => true, write: () => {} },
    knownAnswers: known,
    wasCharged: async (key: string) => asked.push(key) > 0 && answer,
  };
  const fetch = async (key: string) => {
    const { reading } = await unchargedReading(got, told(key), true, before);
    return billingKeyOf(got, reading, reading.runs, known, 2);
  };
  billingKeyOf(made, told('response:r1 100', { runs: [], isDeferred: true }), [], known, 1);
  // Another proxy was charged with it.
  assert.equal(await fetch('response:r1 101'), null);
  answer = false;
  assert.equal(await fetch('response:r1 102'), 'response:r1 100');
  assert.equal(await fetch('response:r1 103'), 'response:r1 100');
  assert.deepEqual(asked, ['response:r1 100', 'response:r1 100']);
});
