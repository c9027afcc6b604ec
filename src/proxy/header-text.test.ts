import assert from 'node:assert/strict';
import { validateHeaderValue } from 'node:http';
import { test } from 'node:test';
import fc from 'fast-check';
import { headerText } from './header-text.ts';

test('any text becomes a value that a header takes, within a bound', () => {
  const odd = fc.oneof(fc.string({ unit: 'binary', maxLength: 2000 }), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(fc.tuple(odd, fc.constantFrom('', '\ud800', '\udfff\ud800')), ([text, half]) => {
      const value = headerText(half + text);
      validateHeaderValue('x-name', value);
      assert.match(value, /^[ -~]*$/);
      assert.ok(value.length <= 512 * 12);
    }),
  );
});

test('a usual name stays as it is', () => {
  assert.equal(headerText('openai/gpt-4o:free'), 'openai/gpt-4o:free');
  assert.equal(headerText('x\ud800y'), 'x%EF%BF%BDy');
  assert.equal(headerText('m'.repeat(600)), `${'m'.repeat(512)}...`);
});
