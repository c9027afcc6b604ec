import assert from 'node:assert/strict';
import { test } from 'node:test';
import { phraseBytes, withoutControls } from './upstream-head.ts';

test('a reason phrase keeps its bytes, but for those that no phrase may hold', () => {
  assert.equal(phraseBytes('OK'), 'OK');
  assert.equal(phraseBytes(undefined), '');
  assert.equal(phraseBytes('中'), '\u00e4\u00b8\u00ad');
  assert.equal(withoutControls('a\u0001b\u007fc\td\u00e9'), 'abc\td\u00e9');
});
