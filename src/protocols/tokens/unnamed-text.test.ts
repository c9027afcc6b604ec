import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropic } from '../anthropic/protocol.ts';
import { openai } from '../openai/protocol.ts';

const SAID = 'one two three four five six seven';

function generated(path: string, contentType: string, body: string): string | undefined {
  const protocol = path === '/v1/messages' ? anthropic : openai;
  const meter = protocol.meter(protocol.endpoint('POST', path), { status: 200, contentType }, path);
  meter?.push(Buffer.from(body));
  meter?.end();
  return meter?.generatedText();
}

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
const chunks = (...deltas: readonly object[]): string =>
  deltas.map((delta) => event({ object: 'chat.completion.chunk', choices: [{ index: 0, delta }] })).join('');
const inStream = (...deltas: readonly object[]) =>
  generated('/v1/chat/completions', 'text/event-stream', chunks(...deltas));
const inWhole = (message: object) =>
  generated('/v1/chat/completions', 'application/json', JSON.stringify({ choices: [{ index: 0, message }] }));

test('what a model thinks counts under whatever name it comes', () => {
  for (const said of [
    { reasoning_text: SAID },
    { thinking: SAID },
    { thought: { content: SAID } },
    { thinking_blocks: [{ type: 'thinking', thinking: SAID, signature: 'A'.repeat(500) }] },
    { some_new_name: [SAID] },
    // Told twice: by the name that everybody reads, and by one's own.
    { reasoning_content: SAID, thinking_blocks: [{ thinking: SAID }] },
    { reasoning: SAID, reasoning_details: [{ type: 'reasoning.text', text: SAID }], reasoning_text: SAID },
  ]) {
    assert.equal(inStream({ role: 'assistant' }, said), SAID, JSON.stringify(said));
    assert.equal(inWhole({ role: 'assistant', content: '', ...said }), SAID, JSON.stringify(said));
  }
});

test('a tool that is called with a text of its own form counts with it', () => {
  const call = { index: 0, id: 'call_1', type: 'custom', custom: { name: 'run', input: '' } };
  const pieces = inStream({ tool_calls: [call] }, { tool_calls: [{ index: 0, custom: { input: SAID } }] });
  assert.equal(pieces, `run${SAID}`);
  assert.equal(
    inWhole({ content: null, tool_calls: [{ ...call, custom: { name: 'run', input: SAID } }] }),
    `run${SAID}`,
  );
});

test('what was found, and what nobody can read, was not written', () => {
  const found = {
    content: SAID,
    annotations: [{ type: 'file', text: 'a page' }],
    context: { citations: [{ content: 'a document' }] },
    provider_specific_fields: { citations: ['a link'] },
    reasoning_opaque: 'AAAA',
    encrypted_content: 'AAAA',
    name: 'bot',
  };
  assert.equal(inWhole({ role: 'assistant', ...found }), SAID);
  assert.equal(inStream({ role: 'assistant', ...found }), SAID);
});

test('pieces of a kind that a message’s stream has not had before count, and signatures do not', () => {
  const piece = (delta: object) => event({ type: 'content_block_delta', index: 0, delta });
  const stream = [
    piece({ type: 'summary_delta', summary: SAID }),
    piece({ type: 'signature_delta', signature: 'A'.repeat(100) }),
    piece({ type: 'citations_delta', citation: { cited_text: 'a page' } }),
  ];
  assert.equal(generated('/v1/messages', 'text/event-stream', stream.join('')), SAID);
  const whole = { type: 'message', role: 'assistant', content: [{ type: 'compaction', content: SAID }] };
  assert.equal(generated('/v1/messages', 'application/json', JSON.stringify(whole)), SAID);
});
