// A line of batch results that comes twice in one download was charged once, and lines that only share a name each.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { totalUsage } from '../../core/usage.ts';
import { BatchResultsReader } from '../anthropic/batch-results-reader.ts';
import { BatchOutputReader } from '../openai/batch-output-reader.ts';
import { CompletionsReader } from '../openai/completions-reader.ts';
import { BatchDocumentReader } from './batch-document-reader.ts';
import type { DocumentReader } from './metering.ts';

const chat = (id: string | null) => ({
  ...(id !== null && { id }),
  object: 'chat.completion',
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 },
});
const message = (id: string) => ({
  ...{ id, type: 'message', role: 'assistant', model: 'claude-haiku-4-5', content: [] },
  usage: { input_tokens: 10, output_tokens: 1 },
});
const claude = (customId: string, id: string) => ({
  custom_id: customId,
  result: { type: 'succeeded', message: message(id) },
});
const output = (id: string | null, customId: string, answerId: string | null) => ({
  ...(id !== null && { id }),
  custom_id: customId,
  response: { status_code: 200, body: chat(answerId) },
});
const inDocument = (): DocumentReader => new BatchDocumentReader('b', () => new CompletionsReader());

const CASES: readonly (readonly [
  name: string,
  open: () => DocumentReader,
  lines: readonly object[],
  inputTokens: number,
])[] = [
  ['Anthropic’s, twice', () => new BatchResultsReader('b'), [claude('a', 'm1'), claude('a', 'm1')], 10],
  ['Anthropic’s, of one name', () => new BatchResultsReader('b'), [claude('a', 'm1'), claude('a', 'm2')], 20],
  ['OpenAI’s, twice', () => new BatchOutputReader('f'), [output('r1', 'a', 'c'), output('r1', 'a', 'c')], 10],
  [
    'OpenAI’s, without ids of answers',
    () => new BatchOutputReader('f'),
    [output('r1', 'a', null), output('r1', 'a', null)],
    10,
  ],
  [
    'others’, of one name',
    () => new BatchOutputReader('f'),
    [output(null, 'a', 'c1'), output(null, 'a', 'c2')],
    20,
  ],
  [
    'a document with one page twice',
    inDocument,
    [1, 2].map(() => ({ results: [{ custom_id: 'a', response: chat('c') }] })),
    10,
  ],
  ['a document whose answers have no ids', inDocument, [{ id: 'b', results: [chat(null), chat(null)] }], 20],
];
for (const [name, open, lines, inputTokens] of CASES)
  test(`results that hold the same: ${name}`, () => {
    const reader = open();
    for (const line of lines) reader.read(line);
    assert.equal(totalUsage(reader.reading().runs).inputTokens, inputTokens);
  });
