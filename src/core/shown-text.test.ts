import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ofOurs, plainJson, plainText, printable } from './shown-text.ts';

const HIDDEN = [
  '\u0000',
  '\u0007',
  '\u001b',
  '\r',
  '\u007f',
  '\u0085',
  '\u009b',
  '\u00ad',
  '\u061c',
  '\u115f',
  '\u200b',
  '\u200f',
];
const MORE = ['\u2028', '\u202e', '\u2060', '\u2066', '\u3164', '\ufeff', '\ufff9', '\u{e0041}', '\u{e0100}'];
const DANGEROUS =
  /(?!\n|\t)\p{Cc}|\p{Bidi_Control}|[\u2028\u2029\u200b\u2060-\u2064\ufeff\u{e0000}-\u{e01ef}]/u;

test('what commands a terminal, turns a line around or is not seen is replaced in words', () => {
  for (const sign of [...HIDDEN, ...MORE]) {
    assert.equal(printable(`a${sign}b`), 'a?b', JSON.stringify(sign));
    assert.equal(plainText(`a${sign}b`), 'a?b', JSON.stringify(sign));
  }
  assert.equal(printable('ad\u200dmin'), 'ad?min');
});

test('what writing needs stays', () => {
  for (const text of ['می\u200cخواهم', '👨\u200d👩\u200d👧', '❤\ufe0f', 'नमस्ते', 'naïve', '日本', '٠\u0600'])
    assert.equal(printable(text), text);
});

test('in JSON it is escaped, and the value stays the same', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...HIDDEN, ...MORE, 'a', '"', '\\', '😀')), (signs) => {
      const text = signs.join('');
      const json = plainText(JSON.stringify({ [text]: text }, null, 1));
      assert.doesNotMatch(json, DANGEROUS);
      assert.deepEqual(JSON.parse(json), { [text]: text });
    }),
  );
  assert.equal(plainJson('"\u{e0041}"'), '"\\udb40\\udc41"');
});

test('our own bold and our own way up stay, and those of strangers go, wherever they stand', () => {
  const bold = (text: string): string => `${ofOurs('\u001b[1m')}${text}${ofOurs('\u001b[22m')}`;
  assert.equal(plainText(`${bold('Name')}\n\tx`), '\u001b[1mName\u001b[22m\n\tx');
  assert.equal(plainText(`${ofOurs('\u001b[12A\u001b[J')}rows`), '\u001b[12A\u001b[Jrows');
  assert.equal(plainText('a\u001b[31m\u001b]0;x\u0007'), 'a?[31m?]0;x?');
  assert.equal(plainText('\u001b[2A\u001b[Ja\u001b[1mb\u001b[22m'), '?[2A?[Ja?[1mb?[22m');
  assert.equal(plainText(bold('\u001b[2m')), '\u001b[1m?[2m\u001b[22m');
});

test('what only begins as JSON does commands a terminal no more than words do', () => {
  for (const text of ['{\u001b[2J', '[\u001b[2J\r\u0007', '{"a":"\u009b2J"}\n\u001b[2J'])
    assert.doesNotMatch(plainText(text), DANGEROUS);
});

test('whatever is printed moves no cursor', () => {
  const unit = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));
  fc.assert(
    fc.property(
      fc.array(unit).map((units) => units.join('')),
      (text) => {
        for (const begin of ['', 'x', '{', '[']) assert.doesNotMatch(plainText(`${begin}${text}`), DANGEROUS);
      },
    ),
  );
});
