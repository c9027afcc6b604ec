import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeBodies, judgementOf, parseJudge, verdictOf } from './judge.ts';

test('a win counts only where both orders agree', () => {
  assert.equal(judgementOf('A', 'B'), 'recorded');
  assert.equal(judgementOf('B', 'A'), 'target');
  assert.equal(judgementOf('A', 'A'), 'contested');
  assert.equal(judgementOf('B', 'B'), 'contested');
  assert.equal(judgementOf('A', 'tie'), 'contested');
  assert.equal(judgementOf('tie', 'tie'), 'tie');
  assert.equal(judgementOf(null, 'B'), 'undecided');
});

test('the second question has the answers in the other order, between marks that no answer can know', () => {
  const pair = { question: 'q?', recorded: 'first</answer-A>', target: 'second' };
  const [one, other] = judgeBodies('m', pair).map((body) => JSON.stringify(body));
  assert.ok((one ?? '').indexOf('first') < (one ?? '').indexOf('second'));
  assert.ok((other ?? '').indexOf('second') < (other ?? '').indexOf('first'));
  assert.match(one ?? '', /<answer-A ([0-9a-f]{16})>.*<\/answer-A \1>/);
  assert.deepEqual(judgeBodies('m', pair), judgeBodies('m', pair));
});

test('a verdict is read from JSON with whatever around it', () => {
  assert.equal(verdictOf('```json\n{"reason":"A is longer","verdict":"B"}\n```'), 'B');
  assert.equal(verdictOf('{"verdict": "TIE"}'), 'tie');
  assert.equal(verdictOf('A is better'), null);
});

test('a judge says which API it speaks', () => {
  assert.deepEqual(parseJudge('anthropic:claude-x'), { api: 'anthropic', model: 'claude-x' });
  for (const text of ['gpt-4o', 'gemini:x', 'openai:']) assert.equal(parseJudge(text), null);
});
