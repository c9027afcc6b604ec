import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertSoonest } from '../../../test/soonest.ts';
import { canonicalText } from './canonical-text.ts';
import { judge } from './judge.ts';

const DISTANCE_MAX = 0.05;
const guardOf = (asked: string, stored: string, similarity = 0.96): string | null => {
  const verdict = judge(asked, stored, similarity, DISTANCE_MAX);
  return verdict.accepted ? null : verdict.guard;
};

test('a prompt answers itself in another case and width', () => {
  assert.equal(guardOf('What is DNS?', 'what is ＤＮＳ'), null);
});

test('a similarity below the threshold is refused, and so is none', () => {
  for (const similarity of [0.94, -1, Number.NaN])
    assert.equal(guardOf('How do I use DNS quickly?', 'How do I use DNS wisely?', similarity), 'distance');
});

test('prompts of the same words may lie three times as far apart, and no farther', () => {
  const [one, other] = ['What are museums of London?', 'What are the museums in London?'];
  assert.equal(guardOf(one, other, 0.86), null);
  assert.equal(guardOf(one, other, 0.84), 'distance');
  assert.equal(judge(one, other, 0.99, 0).accepted, false);
  for (const similarity of [-1, Number.NaN]) assert.equal(guardOf(one, one, similarity), 'distance');
});

test('each guard refuses what it is for, and says so', () => {
  const refused: readonly (readonly [string, string, string])[] = [
    ['language', 'What is the capital of France?', 'Quelle est la capitale de la France ?'],
    ['code', 'What does `i < n` do?', 'What does `i <= n` do?'],
    ['quotes', 'Translate "good morning" into Greek', 'Translate "good night" into Greek'],
    ['numbers', 'Convert 10 USD to EUR', 'Convert 100 USD to EUR'],
    ['signs', 'What can I buy for $50?', 'What can I buy for €50?'],
    ['negation', 'Which animals lay eggs?', "Which animals don't lay eggs?"],
    ['antonyms', 'How do I lock my screen?', 'How do I unlock my screen?'],
    ['classes', 'How do I paint a red door?', 'How do I paint a green door?'],
    ['names', 'What is sold in Lyon?', 'What is sold in Lille?'],
    ['question', 'Why do people yawn?', 'When do people yawn?'],
    ['function words', 'Who is the president?', 'Who was the president?'],
    ['words', 'Is Anna an editor?', 'Is Anna an outstanding editor?'],
    ['order', 'Can cats eat mice?', 'Can mice eat cats?'],
  ];
  for (const [guard, asked, stored] of refused) {
    assert.equal(guardOf(asked, stored), guard, `${asked} | ${stored}`);
    assert.equal(guardOf(stored, asked), guard, `${stored} | ${asked}`);
  }
});

test('another way to ask is the same text for the embedder', () => {
  const same: readonly (readonly [string, string])[] = [
    ['How do I learn English?', 'What is the best way to learn English?'],
    ["What's the meaning of entropy?", 'What does entropy mean?'],
    ['Which films should one see in Rome?', 'What are the best films to see in Rome?'],
    ['Where is the best place to camp?', 'What is the best place to camp?'],
    ['How do I run as a teacher?', 'How do I run if I am a teacher?'],
    ['Should I get the red shirt or the blue shirt?', 'Should I buy the red or the blue shirt?'],
    ['What is the longest bridge in the world?', 'What is the longest bridge?'],
    ['How can I earn money with old maps online?', 'How do you make money with old maps on the internet?'],
  ];
  for (const [one, other] of same) assert.equal(canonicalText(one), canonicalText(other));
});

test('text that is not English, and code, is embedded as it stands', () => {
  for (const text of [
    'Wie heißt die Hauptstadt von Frankreich?',
    'What does `x[i]` do?',
    '今日は何曜日ですか',
  ])
    assert.equal(canonicalText(text), text);
});

test('a longer question answers the shorter one, and not the other way round', () => {
  const [short, long] = [
    'What is the tallest tree of the park?',
    'What is the tallest tree of the park and why?',
  ];
  assert.equal(guardOf(short, long), null);
  assert.equal(guardOf(long, short), 'question');
});

test('any text is judged, answers itself, and never one with another number', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      assert.equal(guardOf(text, text, 1), null);
      assert.notEqual(guardOf(`${text} 7`, `${text} 8`, 1), null);
    }),
  );
});

test('a prompt of 4,000 characters is judged in a moment', async () => {
  const long = 'what is the best way to explain how the word of the day does mean something which '.repeat(
    48,
  );
  await assertSoonest(100, async () => void guardOf(long, `${long} again`));
});
