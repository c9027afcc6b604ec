import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallMatch, type IncomingCall, type Miss } from './call-match.ts';
import type { RecordedCall } from './recording.ts';

const incoming = (json: unknown, path = '/v1/messages'): IncomingCall => ({
  api: 'anthropic',
  method: 'POST',
  path,
  request: { json },
});
const recorded = (number: number, json: unknown, path?: string): RecordedCall => ({
  ...incoming(json, path),
  number,
  status: 200,
  headers: {},
  answer: { json: { number } },
  isWhole: true,
  ms: 1,
});
const nothing = { fields: [], texts: [] };
const numberOf = (found: RecordedCall | Miss): number | null => ('number' in found ? found.number : null);

test('the same request is answered in the order of the recording, as often as it was recorded', () => {
  const match = new CallMatch([recorded(1, { a: 1 }), recorded(2, { a: 1 }), recorded(3, { a: 2 })], nothing);
  assert.equal(numberOf(match.take(incoming({ a: 1 }))), 1);
  assert.equal(numberOf(match.take(incoming({ a: 1 }))), 2);
  const miss = match.take(incoming({ a: 1 })) as Miss;
  assert.equal(miss.recordedTimes, 2);
  assert.deepEqual(
    match.unasked.map(({ number }) => number),
    [3],
  );
});

test('fields in another order are the same request; another path or method is another', () => {
  const match = new CallMatch([recorded(1, { a: 1, b: { c: 2, d: 3 } })], nothing);
  assert.equal(numberOf(match.take(incoming({ b: { d: 3, c: 2 }, a: 1 }, '/v1/other'))), null);
  assert.equal(numberOf(match.take({ ...incoming({ b: { d: 3, c: 2 }, a: 1 }), method: 'PUT' })), null);
  assert.equal(numberOf(match.take(incoming({ b: { d: 3, c: 2 }, a: 1 }))), 1);
});

test('what is ignored may differ: who asks, fields by name, parts of texts', () => {
  const ignored = { fields: ['messages[*].id', 'tools[0]'], texts: [/\d{4}-\d\d-\d\d/g] };
  const body = (id: string, date: string, user: string) => ({
    metadata: { user_id: user },
    tools: [id],
    messages: [{ id, text: `Today is ${date}.` }],
  });
  const match = new CallMatch([recorded(1, body('x', '2026-11-25', 'a'))], ignored);
  assert.equal(numberOf(match.take(incoming(body('y', '2027-01-01', 'b')))), 1);
  assert.equal(numberOf(match.take(incoming(body('y', 'Monday', 'b')))), null);
});

test('a miss names the nearest call and what differs', () => {
  const match = new CallMatch(
    [
      recorded(1, { messages: ['one', 'two'], model: 'a' }),
      recorded(2, { messages: ['one'], model: 'b' }),
      recorded(3, {}, '/x'),
    ],
    nothing,
  );
  const miss = match.take(incoming({ messages: ['one', 'too'], model: 'a' })) as Miss;
  assert.equal(miss.nearest?.number, 1);
  assert.deepEqual(miss.differences, [{ path: 'messages[1]', was: 'two', is: 'too' }]);
  assert.equal((match.take(incoming({}, '/none')) as Miss).nearest, null);
});
