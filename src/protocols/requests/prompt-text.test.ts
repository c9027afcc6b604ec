import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promptTextOf, promptTokenIds } from './prompt-text.ts';

test('what a model reads is found in the words of every API that is known', () => {
  const bodies: readonly object[] = [
    { messages: [{ role: 'user', content: 'words' }] },
    { instructions: 'words' },
    { system: [{ type: 'text', text: 'words' }] },
    { systemInstruction: { parts: [{ text: 'words' }] } },
    { contents: [{ role: 'user', parts: [{ text: 'words' }] }] },
    { content: { parts: [{ text: 'words' }] } },
    { request: { contents: [{ parts: [{ text: 'words' }] }] } },
    { requests: [{ content: { parts: [{ text: 'words' }] } }] },
    { message: 'words' },
    { chat_history: [{ role: 'USER', message: 'words' }] },
    { preamble: 'words' },
    { prompt: 'words' },
    { suffix: 'words' },
    { input: ['words'] },
    { inputText: 'words' },
    { texts: ['words'] },
    { query: 'words' },
    { documents: [{ text: 'words' }] },
    { toolConfig: { tools: [{ toolSpec: { description: 'words' } }] } },
  ];
  for (const body of bodies) assert.equal(promptTextOf(body), 'words', JSON.stringify(body));
  for (const body of [null, [], 'words', { model: 'words' }]) assert.equal(promptTextOf(body), '');
});

test('tokens that a request names by their numbers are counted, and no other numbers', () => {
  const counts: readonly (readonly [body: unknown, ids: number])[] = [
    [{ prompt: [1, 2, 3] }, 3],
    [{ input: [[1, 2], [3]] }, 3],
    [{ input: ['a', 'b'] }, 0],
    [{ prompt: 'words', max_tokens: 3 }, 0],
    [{ input: [{ role: 'user', content: [1, 2] }] }, 0],
    [{ messages: [1, 2] }, 0],
    [null, 0],
  ];
  for (const [body, ids] of counts) assert.equal(promptTokenIds(body), ids, JSON.stringify(body));
});
