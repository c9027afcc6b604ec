import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultText } from './fault-text.ts';

test('a fault is one line, without a byte that commands a terminal', () => {
  const text = faultText(new Error('model "a\u001b[31m\r\nb\u202ec\u0085d\ud800"'));
  assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Cs}]/u);
  assert.match(text, /^Error: model "a\\u001b\[31m \| b\\u202ec\\u0085d\\ud800" \| at /);
});

test('what is no error is told too, and a long one is cut', () => {
  assert.equal(faultText(undefined), 'undefined');
  assert.equal(faultText('x'.repeat(5000)).length, 2000);
});
