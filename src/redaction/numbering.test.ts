import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Numbering } from './numbering.ts';

test('one value has one number, also after a restart, and two spellings are one value', () => {
  const key = Buffer.from('of the store');
  const first = new Numbering(key);
  assert.equal(first.standIn('EMAIL', 'ann@example.com'), '[EMAIL_1]');
  assert.equal(first.standIn('EMAIL', 'bob@example.com'), '[EMAIL_2]');
  const again = new Numbering(key, JSON.parse(JSON.stringify(first.state)));
  assert.equal(again.standIn('EMAIL', 'BOB@example.com'), '[EMAIL_2]');
  assert.equal(again.standIn('PHONE', '+49 30 901820'), again.standIn('PHONE', '0049-30-901820'));
});

test('past the bound values of a kind have no number of their own, and known ones keep theirs', () => {
  const numbering = new Numbering(Buffer.from('k'));
  for (let index = 1; index <= 5000; index += 1) numbering.standIn('IP', `value ${index}`);
  assert.equal(numbering.standIn('IP', 'one more'), '[IP]');
  assert.equal(numbering.standIn('IP', 'value 5000'), '[IP_5000]');
  assert.equal(numbering.standIn('IBAN', 'another kind'), '[IBAN_1]');
});
