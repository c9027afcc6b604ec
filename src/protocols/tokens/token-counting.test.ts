import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { assertSoonest } from '../../../test/soonest.ts';
import { countO200kTokens } from './token-counting.ts';

const whole = (text: string): number => countTokens(text, { disallowedSpecial: new Set() });

test('text of ordinary words is counted exactly, and special tokens in it are text', () => {
  const prose = 'The quick brown fox, 42 times: <|endoftext|> café naïve.\n\tconst x = [1, 2];\n'.repeat(50);
  assert.equal(countO200kTokens(prose), whole(prose));
  assert.equal(countO200kTokens(''), 0);
  assert.ok(countO200kTokens('<|endoftext|>') > 1);
});

test('text without blanks is counted to within a token for each 128 characters', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', minLength: 100, maxLength: 600 }),
    fc.string({ unit: fc.constantFrom('中', '文', 'あ', '。', '😀'), minLength: 100, maxLength: 600 }),
    fc.string({ unit: fc.constantFrom('a', 'B', '/', '+', '9', '-'), minLength: 100, maxLength: 600 }),
    fc.string({ unit: fc.constantFrom(' ', '\n'), minLength: 100, maxLength: 600 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const cuts = Math.floor(text.length / 128);
      const difference = Math.abs(countO200kTokens(text) - whole(text));
      assert.ok(difference <= 2 * cuts, `${difference} tokens apart with ${cuts} cuts`);
    }),
  );
});

test('the time grows with the length, not with its square', async () => {
  for (const character of ['中', 'a', ' ', '-']) {
    countO200kTokens(character.repeat(1000));
    // In one piece each takes 8 s and more.
    await assertSoonest(3000, async () => void countO200kTokens(character.repeat(100_000)));
  }
});
