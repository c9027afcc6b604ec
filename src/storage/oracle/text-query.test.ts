import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wantedWords } from './text-query.ts';

test('each word is a phrase in braces, and all of them are wanted', () => {
  assert.equal(wantedWords(['FOX', 'quick brown']), '{FOX} AND {quick brown}');
  assert.equal(
    wantedWords(['a AND b', 'words:', 'NEAR(', 'ü-x']),
    '{a AND b} AND {words} AND {NEAR} AND {ü x}',
  );
});

test('without a word there is nothing to search for', () => {
  for (const words of [[], ['"'], ['*', '-', '{}']]) assert.equal(wantedWords(words), null);
});

test('whatever is asked for, no brace or operator gets out of its phrase', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 12 })), (words) => {
      const wanted = wantedWords(words);
      if (wanted !== null)
        assert.match(wanted, /^\{[\p{L}\p{N}\p{M}_ ]+\}(?: AND \{[\p{L}\p{N}\p{M}_ ]+\})*$/u);
    }),
  );
});
