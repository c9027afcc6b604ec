import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropic } from './anthropic/protocol.ts';
import { argumentsText } from './call-arguments.ts';
import { openai } from './openai/protocol.ts';

const GIVEN = { id: 7, path: 'src/übung.ts', metadata: { deep: true } };
const WRITTEN = JSON.stringify(GIVEN);

const ANSWERS: readonly (readonly [path: string, answer: object])[] = [
  [
    '/v1/chat/completions',
    { choices: [{ message: { tool_calls: [{ function: { name: 'f', arguments: GIVEN } }] } }] },
  ],
  ['/v1/chat/completions', { choices: [{ message: { function_call: { name: 'f', arguments: GIVEN } } }] }],
  [
    '/v1/responses',
    { object: 'response', status: 'completed', output: [{ type: 'computer_call', action: GIVEN }] },
  ],
  ['/v1/messages', { type: 'message', content: [{ type: 'tool_use', name: 'f', input: GIVEN }] }],
  [
    '/v1beta/models/gemini-2.5-pro:generateContent',
    { candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: GIVEN } }] } }] },
  ],
  ['/model/nova/converse', { output: { message: { content: [{ toolUse: { name: 'f', input: GIVEN } }] } } }],
  ['/api/chat', { message: { tool_calls: [{ function: { name: 'f', arguments: GIVEN } }] }, done: true }],
  ['/v2/chat', { message: { tool_calls: [{ function: { name: 'f', arguments: WRITTEN } }] } }],
  ['/v1/chat', { text: '', tool_calls: [{ name: 'f', parameters: GIVEN }] }],
];

test('what a tool is called with is part of what was generated, in every form', () => {
  for (const [path, answer] of ANSWERS) {
    const protocol = path === '/v1/messages' ? anthropic : openai;
    const meter = protocol.meter(
      protocol.endpoint('POST', path),
      { status: 200, contentType: 'application/json' },
      path,
    );
    meter?.push(Buffer.from(JSON.stringify(answer)));
    meter?.end();
    const text = meter?.generatedText() ?? '';
    assert.ok(text.replaceAll('\\\\', '').replaceAll('\\"', '"').includes(WRITTEN), `${path}: ${text}`);
  }
});

test('a stream’s calls that come in no pieces count beside its text', () => {
  const path = '/v1/responses';
  const meter = openai.meter(
    openai.endpoint('POST', path),
    { status: 200, contentType: 'text/event-stream' },
    path,
  );
  const output = [
    { type: 'message', content: [{ type: 'output_text', text: 'I click.' }] },
    { type: 'computer_call', call_id: 'c', action: GIVEN },
  ];
  const events = [
    { type: 'response.output_text.delta', delta: 'I click.' },
    { type: 'response.completed', response: { object: 'response', status: 'completed', output } },
  ];
  for (const event of events) meter?.push(Buffer.from(`data: ${JSON.stringify(event)}\n\n`));
  meter?.end();
  assert.ok(meter?.generatedText().includes(WRITTEN) && meter.generatedText().includes('I click.'));
});

test('arguments are a text as it is, and an object as it was written; nothing is nothing', () => {
  assert.equal(argumentsText('{"a": 1}'), '{"a": 1}');
  assert.equal(argumentsText({ a: [1.5, true] }), '{"a":[1.5,true]}');
  for (const nothing of [undefined, null, {}, [], '']) assert.equal(argumentsText(nothing), '');
});
