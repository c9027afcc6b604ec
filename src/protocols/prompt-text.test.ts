import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promptTextOf } from './prompt-text.ts';

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
