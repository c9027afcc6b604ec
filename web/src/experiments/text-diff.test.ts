import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { differenceOf, type Piece } from './text-diff.ts';

const textOf = (pieces: readonly Piece[]): string => pieces.map(({ text }) => text).join('');
const sharedOf = (pieces: readonly Piece[]): string =>
  pieces.flatMap(({ text, isShared }) => (isShared ? text : [])).join('');

test('words that are in both are shared, in order', () => {
  const { left, right } = differenceOf('The cat sat on a mat.', 'The dog sat on the mat!');
  assert.deepEqual(
    left.flatMap(({ text, isShared }) => (isShared ? [] : text)),
    ['cat', 'a', '.'],
  );
  assert.deepEqual(
    right.flatMap(({ text, isShared }) => (isShared ? [] : text)),
    ['dog', 'the', '!'],
  );
  assert.deepEqual(differenceOf('same', 'same').left, [{ text: 'same', isShared: true }]);
  assert.deepEqual(differenceOf('', 'all'), { left: [], right: [{ text: 'all', isShared: false }] });
});

test('no text is lost, and both sides share the same', () => {
  const word = fc.constantFrom('a', 'b', 'c', ' ', '\n', '.', 'ä', '🙂');
  const text = fc.array(word, { maxLength: 40 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, (one, other) => {
      const { left, right } = differenceOf(one, other);
      assert.equal(textOf(left), one);
      assert.equal(textOf(right), other);
      assert.equal(sharedOf(left), sharedOf(right));
    }),
    { numRuns: 200 },
  );
});

test('texts too long to compare word by word keep their common ends', () => {
  const long = (middle: string): string => `Begin ${middle.repeat(3000)}end`;
  const { left, right } = differenceOf(long('one '), long('two '));
  assert.deepEqual([left.at(0)?.text, left.at(-1)?.text], ['Begin ', ' end']);
  assert.equal(textOf(right), long('two '));
});
