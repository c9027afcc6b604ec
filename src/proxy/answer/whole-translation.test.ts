import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUntranslated, translateWhole, type WholeQuestion } from './whole-translation.ts';

const QUESTION: WholeQuestion = {
  client: 'anthropic',
  endpoint: 'messages',
  target: 'openai',
  status: 200,
  form: 'document',
  createdAtSeconds: 1,
  wish: { stream: false, streamUsage: true, thoughts: false, stops: [], callIds: new Set<string>() },
  renamedTools: new Map([['short', 'a.long/name']]),
};
const completion = (message: string): string =>
  `{"id":"c","model":"m","choices":[{"index":0,"message":${message},"finish_reason":"stop"}]}`;
const call = '{"content":null,"tool_calls":[{"id":"a","function":{"name":"short","arguments":"{}"}}]}';

function told(bytes: Buffer, question: Partial<WholeQuestion> = {}): string {
  const answer = translateWhole(bytes, { ...QUESTION, ...question });
  assert.ok(!isUntranslated(answer), JSON.stringify(answer));
  return Buffer.from(answer.bytes).toString();
}

test('a document is read whatever its encoding, and with the words of Python', () => {
  const text = completion(call);
  for (const bytes of [
    Buffer.from(text),
    Buffer.from(`\ufeff${text}`),
    Buffer.from(`\ufeff${text}`, 'utf16le'),
    Buffer.from(text.replace('"index":0', '"score":NaN')),
  ])
    assert.match(told(bytes), /"name":"a\.long\/name"/);
});

test('what cannot be read, and what is too much, is told with a code', () => {
  const answers: readonly (readonly [text: string, why: RegExp])[] = [
    ['<html>', /it is no whole JSON document/],
    [completion('{"content":"x","images":[1]}'), /drawn a picture/],
    [completion(`{"content":"x","pad":[${'{"a":1},'.repeat(600_000)}1]}`), /more than 500000 members/],
  ];
  for (const [text, why] of answers) {
    const answer = translateWhole(Buffer.from(text), QUESTION);
    assert.ok(isUntranslated(answer));
    assert.equal(answer.code, 'answer_not_translatable');
    assert.match(answer.message, why);
  }
});

test('an error keeps its status, whatever is in it', () => {
  const text = `{"error":{"message":"slow down","pad":[${'{"a":1},'.repeat(600_000)}1]}}`;
  const answer = translateWhole(Buffer.from(text), { ...QUESTION, status: 429 });
  assert.ok(!isUntranslated(answer));
  assert.equal(answer.status, 429);
});
