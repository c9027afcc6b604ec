import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { answers } from '../../../test/metering/answers.ts';
import { framingOf } from '../streams/framing.ts';
import { RunningText } from './running-text.ts';

const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

function followed(text: string, cut = text.length): RunningText {
  const running = new RunningText();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += cut) running.push(bytes.subarray(at, at + cut));
  return running;
}

test('text, tool calls and what is not known count; what only names things does not', () => {
  const chat = [
    event({
      id: 'chatcmpl-1',
      object: 'x',
      model: 'gpt-4o',
      choices: [{ delta: { role: 'assistant', content: '' } }],
    }),
    event({ id: 'chatcmpl-1', choices: [{ index: 0, delta: { content: 'Grüße' }, finish_reason: null }] }),
    event({
      choices: [
        { delta: { tool_calls: [{ id: 'call_1', function: { name: 'read', arguments: '{"a":1}' } }] } },
      ],
    }),
    event({ choices: [{ delta: { something_new: 'abc' } }] }),
    event({ choices: [], usage: { prompt_tokens: 9 } }),
    'data: [DONE]\n\n',
  ].join('');
  for (const cut of [1000, 5, 1]) {
    const { textBytes, thinkingBytes } = followed(chat, cut).progress;
    assert.deepEqual([textBytes, thinkingBytes], [7 + 6 + 4 + 7 + 3, 0]);
  }
});

test('words count whatever type the event has that brings them', () => {
  for (const type of [
    'ping',
    'message_delta',
    'message_stop',
    'response.completed',
    'response.in_progress',
  ]) {
    const chat = event({ type, choices: [{ delta: { content: 'abc' } }] });
    assert.equal(followed(chat, 1000).progress.textBytes, 3, type);
    const gemini = event({ type, candidates: [{ content: { parts: [{ text: 'abc' }] } }] });
    assert.equal(followed(gemini, 1000).progress.textBytes, 3, type);
  }
});

test('whatever a meter takes for words of a stream has counted while it ran', () => {
  let streams = 0;
  for (const { name, protocol, method, path, contentType, body, text = '' } of answers(2)) {
    const framing = framingOf(protocol.endpoint(method, path), contentType);
    // One document is told when it is whole.
    if (framing === null || name === 'a document that calls itself a stream') continue;
    const running = new RunningText();
    running.framing = framing;
    running.push(Buffer.from(body));
    const { textBytes, thinkingBytes } = running.progress;
    assert.ok(textBytes + thinkingBytes >= Buffer.byteLength(text), name);
    streams += 1;
  }
  assert.ok(streams > 50, `${streams}`);
});

test('what a tool is called with counts whole, whatever its members are called, as an object too', () => {
  const given = { id: 12345, metadata: { model: 'x', usage: true }, type: 'a', role: null, n: [1.5, -2] };
  const bytes = JSON.stringify(given).length;
  const calls: readonly (readonly [string, unknown, number])[] = [
    ['Gemini', { candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: given } }] } }] }, 1],
    ['Ollama', { message: { tool_calls: [{ function: { name: 'f', arguments: given } }] } }, 1],
    ['Claude, whole', { type: 'content_block_start', content_block: { type: 'tool_use', input: given } }, 0],
    ['Cohere', { text: 'f', tool_calls: [{ parameters: given }] }, 1],
    ['Mistral', { choices: [{ delta: { tool_calls: [{ function: { arguments: given } }] } }] }, 0],
    ['a computer', { type: 'response.output_item.done', item: { type: 'computer_call', action: given } }, 0],
  ];
  for (const [who, call, named] of calls) {
    const running = followed(event(call));
    assert.equal(running.progress.textBytes, named + bytes, who);
    assert.equal(
      running.takeText().bytes + running.takeText().lostBytes,
      who === 'a computer' ? 0 : named + bytes,
      who,
    );
  }
  const begun = {
    type: 'content_block_start',
    content_block: { type: 'tool_use', id: 'toolu_1', input: {} },
  };
  assert.equal(followed(event(begun)).progress.textBytes, 'toolu_1'.length);
});

test('an item that no event told in pieces counts when it is whole, and one that was told does not again', () => {
  const item = { type: 'function_call', call_id: 'call_1', name: 'read', arguments: '{"a":1}' };
  const done = event({ type: 'response.output_item.done', item });
  assert.equal(followed(done).progress.textBytes, 6 + 4 + 7);
  const told = [
    event({ type: 'response.output_item.added', item: { ...item, arguments: '' } }),
    event({ type: 'response.function_call_arguments.delta', delta: '{"a":1}' }),
  ].join('');
  assert.equal(followed(told).progress.textBytes, 6 + 4 + 7);
  assert.equal(followed(told + done).progress.textBytes, 6 + 4 + 7);
  assert.equal(followed(told + done + done).progress.textBytes, 2 * (6 + 4 + 7));
});

test('an event that is too long to be kept counts by its bytes', () => {
  const pad = 'x'.repeat(13_000_000);
  for (const text of [
    event({ text: pad }),
    `data: {"a":\ndata: "${pad}"}\n\n`,
    `${'data: 1234567890\n'.repeat(9000)}data: ${pad}\n\n`,
  ]) {
    const { textBytes } = followed(text, 500_000).progress;
    assert.ok(textBytes >= pad.length, `${textBytes}`);
  }
});

test('thinking is told apart, whoever shows it', () => {
  const shown = followed(
    [
      event({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hmm' } }),
      event({ type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', delta: 'hmm' }),
      event({ choices: [{ delta: { reasoning_content: 'hmm' } }] }),
      event({ choices: [{ delta: { reasoning_details: [{ type: 'reasoning.text', text: 'hmm' }] } }] }),
      event({ type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'ok' } }),
    ].join(''),
  );
  assert.deepEqual([shown.progress.textBytes, shown.progress.thinkingBytes], [2, 12]);
});

test('a stream that tells its words twice counts them once, and what it has read is known', () => {
  const anthropic = followed(
    readFileSync(new URL('../anthropic/fixtures/thinking-tool-cache.sse', import.meta.url), 'utf8'),
  );
  assert.ok(anthropic.progress.textBytes > 0);
  assert.ok((anthropic.progress.inputTokens ?? 0) > 0);
  const response = [
    event({ type: 'response.created', response: { id: 'r', instructions: 'x'.repeat(1000) } }),
    event({ type: 'response.output_item.added', item: { type: 'message', id: 'm' } }),
    event({ type: 'response.output_text.delta', item_id: 'm', delta: 'abc', obfuscation: 'zzzzzz' }),
    event({ type: 'response.output_text.done', text: 'abc' }),
    event({ type: 'response.completed', response: { output: [{ content: [{ text: 'abc' }] }] } }),
  ].join('');
  assert.equal(followed(response).progress.textBytes, 3);
});

test('text is taken once, and what is kept for it is bounded', () => {
  const running = followed(event({ text: 'abc' }));
  assert.deepEqual(running.takeText(), { text: 'abc', bytes: 3, lostBytes: 0 });
  assert.deepEqual(running.takeText(), { text: '', bytes: 0, lostBytes: 0 });
  running.push(Buffer.from(event({ text: 'x'.repeat(200_000) })));
  running.push(Buffer.from(event({ text: 'x'.repeat(100_000) })));
  assert.deepEqual(running.takeText(), { text: 'x'.repeat(200_000), bytes: 200_000, lostBytes: 100_000 });
  assert.equal(running.progress.textBytes, 300_003);
});

test('a large event is not parsed: all its bytes count, but for one that says nothing new', () => {
  const pad = 'x'.repeat(300_000);
  const large = event({ text: pad });
  const again = event({ type: 'response.completed', response: { text: pad } });
  const thought = event({ type: 'response.reasoning_text.delta', delta: pad });
  const running = followed(again + large + thought + event({ text: 'abc' }), 50_000);
  const { textBytes, thinkingBytes } = running.progress;
  assert.ok(textBytes >= 300_003 && textBytes <= large.length + 3, `${textBytes}`);
  assert.ok(thinkingBytes >= 300_000 && thinkingBytes < 301_000, `${thinkingBytes}`);
  assert.equal(running.takeText().lostBytes, textBytes - 3 + thinkingBytes);
});

test('whatever arrives, nothing throws and no count goes back', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `data: ${json}\n\n`),
        ),
      ),
      (parts) => {
        const running = new RunningText();
        let before = 0;
        for (const part of parts) {
          running.push(Buffer.from(part));
          const { textBytes, thinkingBytes } = running.progress;
          assert.ok(textBytes + thinkingBytes >= before);
          before = textBytes + thinkingBytes;
        }
      },
    ),
  );
});
