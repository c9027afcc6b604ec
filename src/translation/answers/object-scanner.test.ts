import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callInput } from '../turns/call-input.ts';
import { ObjectScanner } from './object-scanner.ts';

/** What a server wrote as the arguments of a call, and what a client is told. */
const WRITTEN: readonly (readonly [string, string])[] = [
  ['{"x":1}', '{"x":1}'],
  ['{"x":1}{"x":1}', '{"x":1}'],
  ['{"x":1}</tool_call>', '{"x":1}'],
  ['{}', '{}'],
  [' { } ', '{ }'],
  ['{}{"x":1}', '{"x":1}'],
  ['{}\n{}{"x":{}}{"y":2}', '{"x":{}}'],
  ['{"x":"a\nb\tc\r"}', '{"x":"a\\nb\\tc\\r"}'],
  ['{"x":"a\\nb",\n"y":1}', '{"x":"a\\nb",\n"y":1}'],
  ['{"x":"}{\\"\\u00e9"}', '{"x":"}{\\"\\u00e9"}'],
];

test('arguments are the first object that has anything in it, with its line breaks escaped, however it comes', () => {
  for (const [written, expected] of WRITTEN) {
    for (let size = 1; size <= written.length; size += 1) {
      const scanner = new ObjectScanner();
      let told = '';
      for (let at = 0; at < written.length; at += size) told += scanner.take(written.slice(at, at + size));
      assert.equal((told + scanner.held).trim(), expected.trim(), `in pieces of ${size}`);
      assert.ok(scanner.isWhole);
    }
    assert.deepEqual(callInput(written), JSON.parse(expected), 'whole');
  }
});

test('arguments that break off are not whole, and those that are no object stay unread', () => {
  const scanner = new ObjectScanner();
  assert.equal(scanner.take('{"x":"{}'), '{"x":"{}');
  assert.equal(scanner.isWhole, false);
  assert.deepEqual(callInput('{"x":"{}'), { unread_arguments: '{"x":"{}' });
  assert.deepEqual(callInput('[1]'), { unread_arguments: '[1]' });
});
