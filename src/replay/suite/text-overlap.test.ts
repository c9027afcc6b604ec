import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bleu, gleu, rougeOne } from './text-overlap.ts';

const MAT = 'the cat sat on the mat';

test('BLEU and GLEU are those of nltk 3.10.4 (equal weights over the orders that an answer has)', () => {
  const cases: readonly (readonly [string, readonly string[], number, number])[] = [
    [MAT, [MAT], 1, 1],
    ['the cat sat on mat today', [MAT], 0.537284965911771, 0.6111111111111112],
    ['a cat is sitting on the mat', [MAT, 'there is a cat on the mat'], 0, 0.45454545454545453],
    ['hello world', ['hello world'], 1, 1],
    ['hello there world', ['hello world'], 0, 0.3333333333333333],
    ['the the the the', ['the cat is here'], 0, 0.1],
  ];
  for (const [answer, references, ofBleu, ofGleu] of cases) {
    assert.ok(Math.abs(bleu(answer, references) - ofBleu) < 1e-12, answer);
    assert.ok(Math.abs(gleu(answer, references) - ofGleu) < 1e-12, answer);
  }
});

test('a short answer is penalised, the case of letters is not, and nothing is like nothing', () => {
  assert.ok(Math.abs(bleu('The Cat Sat on', [MAT]) - Math.exp(1 - 6 / 4)) < 1e-12);
  for (const empty of ['', ' \n']) {
    assert.equal(bleu(empty, [MAT]), 0);
    assert.equal(gleu(empty, [MAT]), 0);
    assert.equal(gleu(MAT, [empty]), 0);
    assert.equal(rougeOne(MAT, empty), 0);
  }
});

test('ROUGE tells how much of the reference is there, each word as often as it is', () => {
  assert.equal(rougeOne('World, hello!', 'hello world'), 1);
  assert.equal(rougeOne('the cat', 'the the cat sat'), 0.5);
  assert.equal(rougeOne('nothing of it', MAT), 0);
});
