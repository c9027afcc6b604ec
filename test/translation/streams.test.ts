// Translated streams: the same at every cut, well formed, and for the official SDKs the same as the translated whole.

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { messageOf } from '../../src/protocols/anthropic/replay.ts';
import { asArray, asObject, type JsonObject } from '../../src/protocols/json/json-value.ts';
import { completionOf } from '../../src/protocols/openai/replay-chat.ts';
import { streamDocuments } from '../../src/protocols/replay-text.ts';
import { ToolNames } from '../../src/translation/tools/tool-names.ts';
import type { AnswerContext, StreamTranslation, Translator } from '../../src/translation/translator.ts';
import { TRANSLATORS } from '../../src/translation/translators.ts';

const RECORDINGS = process.env.TOKENWATCH_RECORDED_STREAMS ?? '../shared/data/streams';
const FIXTURES = 'src/translation/fixtures';
const WISH = {
  stream: true,
  streamUsage: true,
  thoughts: true,
  toolNames: new ToolNames(),
  stops: [],
  callIds: new Set<string>(),
};
const CONTEXT: AnswerContext = { wish: WISH, createdAtSeconds: 1_795_000_000 };
/** A longer answer is cut into pieces of this length, as many times, each time one byte further. */
const PIECE_BYTES = 251;
const TWO_PARTS_BYTES_MAX = 4_000;

const [toMessages, toChat] = TRANSLATORS as [Translator, Translator];

/** What each own fixture must amount to, in words that no assembling code of ours takes part in. */
const FIXTURE_ANSWERS: Readonly<Record<string, JsonObject>> = {
  'anthropic-agent.sse': {
    content: 'Ich prüfe Köln 💶.',
    reasoning: 'Größe?',
    calls: [
      ['toolu_own1', 'wetter', '{"ort":"Köln","tage":[1,2]}'],
      ['toolu_own2', 'uhrzeit', '{}'],
    ],
    finish: 'tool_calls',
    usage: [1585, 1024, 57],
  },
  'anthropic-refusal.sse': {
    content: null,
    reasoning: '',
    calls: [],
    finish: 'content_filter',
    usage: [18, 0, 5],
  },
  'chat-agent.sse': {
    content: [
      { type: 'thinking', thinking: 'Größe?', signature: 'tokenwatch-translated' },
      { type: 'text', text: 'Ich prüfe Köln 💶.', citations: null },
      {
        type: 'tool_use',
        id: 'call_own1',
        name: 'wetter',
        input: { ort: 'Köln' },
        caller: { type: 'direct' },
      },
      { type: 'tool_use', id: 'call_own2', name: 'uhrzeit', input: {}, caller: { type: 'direct' } },
    ],
    stop: 'tool_use',
    usage: [1024, 512, 48],
  },
  'chat-refusal.sse': {
    content: [{ type: 'text', text: 'I cannot help with that.', citations: null }],
    stop: 'refusal',
    usage: [9, 0, 6],
  },
};

function translate(stream: StreamTranslation, chunks: readonly Uint8Array[]): string {
  const parts = chunks.map((chunk) => Buffer.from(stream.push(chunk)));
  return Buffer.concat([...parts, Buffer.from(stream.end())]).toString('utf8');
}

interface Recorded {
  readonly file: string;
  readonly translator: Translator;
  readonly body: Buffer;
}

function recorded(): Recorded[] {
  const own = globSync('*.sse', { cwd: FIXTURES }).sort();
  const outside = globSync('*/*.chunks.txt', { cwd: RECORDINGS }).sort();
  return [
    ...own.map((file) => ({
      file,
      translator: file.startsWith('anthropic') ? toChat : toMessages,
      body: readFileSync(join(FIXTURES, file)),
    })),
    ...outside.map((file) => {
      const lines = readFileSync(join(RECORDINGS, file), 'utf8').split('\n').filter(Boolean);
      const end = file.startsWith('anthropic') ? '' : 'data: [DONE]\n\n';
      return {
        file,
        translator: file.startsWith('anthropic') ? toChat : toMessages,
        body: Buffer.from(lines.map((line) => `data: ${line}\n\n`).join('') + end),
      };
    }),
  ].filter(({ file, body }) => file.startsWith('anthropic') || body.includes('chat.completion.chunk'));
}

function* cutsOf(body: Buffer): Generator<Buffer[]> {
  if (body.length <= TWO_PARTS_BYTES_MAX) {
    for (let cut = 1; cut < body.length; cut += 1) yield [body.subarray(0, cut), body.subarray(cut)];
    yield [...body].map((byte) => Buffer.of(byte));
    return;
  }
  for (let first = 1; first <= PIECE_BYTES; first += 1) {
    const chunks = [body.subarray(0, first)];
    for (let at = first; at < body.length; at += PIECE_BYTES)
      chunks.push(body.subarray(at, at + PIECE_BYTES));
    yield chunks;
  }
}

const ALL = recorded();

test('own fixtures amount to what they say', async () => {
  for (const [file, wanted] of Object.entries(FIXTURE_ANSWERS)) {
    const found = ALL.find((one) => one.file === file);
    assert.ok(found !== undefined, file);
    const text = translate(found.translator.stream(CONTEXT), [found.body]);
    if (found.translator === toMessages) {
      const { content, stop_reason, usage } = await readByAnthropic(text);
      const counts = [usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens];
      assert.deepEqual({ content, stop: stop_reason, usage: counts }, wanted);
    } else assert.deepEqual(chatSummary(await readByOpenai(text), text), wanted);
  }
});

test('every recorded stream is translated the same wherever it is cut', (context) => {
  if (!existsSync(RECORDINGS)) context.diagnostic('only own fixtures: the recordings are not here');
  for (const { file, translator, body } of ALL) {
    const whole = translate(translator.stream(CONTEXT), [body]);
    for (const chunks of cutsOf(body))
      assert.equal(translate(translator.stream(CONTEXT), chunks), whole, file);
  }
});

test('line ends and comments of any kind change nothing', () => {
  for (const { file, translator, body } of ALL.slice(0, 6)) {
    const text = body.toString('utf8');
    const whole = translate(translator.stream(CONTEXT), [body]);
    for (const form of [text.replaceAll('\n', '\r\n'), text.replaceAll('\n', '\r'), `: hello\n\n${text}`])
      assert.equal(translate(translator.stream(CONTEXT), [Buffer.from(form)]), whole, file);
  }
});

test('the official SDKs assemble from a translated stream what the whole answer translates to', async () => {
  let compared = 0;
  for (const { file, translator, body } of ALL) {
    const stream = translator.stream(CONTEXT);
    const text = translate(stream, [body]);
    const documents = streamDocuments(body);
    const answer = translator === toMessages ? completionOf(documents) : messageOf(documents);
    // Answers with blocks that only Anthropic's own tools make, and some that end in errors.
    if (answer === null || stream.failure !== null) {
      if (stream.failure !== null) assert.equal(stream.failure.code, 'answer_not_translatable');
      continue;
    }
    assert.equal(stream.isWhole, true, file);
    const whole = translator.answer(answer, CONTEXT);
    if (translator === toMessages) {
      assertWellFormed(text, file);
      assert.deepEqual(plain(await readByAnthropic(text)), plain(whole), file);
    } else assert.deepEqual(chatSummary(await readByOpenai(text), text), chatSummary(whole, null), file);
    compared += 1;
  }
  const least = existsSync(RECORDINGS) ? 12 : 4;
  assert.ok(compared >= least, `only ${compared} of ${ALL.length} were compared`);
});

test('what cannot be translated ends the stream with an error that the SDK raises', async () => {
  const untranslatable = `data: ${JSON.stringify({ type: 'message_start', message: { id: 'm' } })}\n\ndata: ${JSON.stringify({ type: 'content_block_start', index: 0, content_block: { type: 'something_new' } })}\n\n`;
  const chat = toChat.stream(CONTEXT);
  const text = translate(chat, [Buffer.from(untranslatable)]);
  assert.equal(chat.failure?.code, 'answer_not_translatable');
  assert.equal(chat.isWhole, true);
  await assert.rejects(readByOpenai(text), /something_new/);

  const choices = [{ index: 1, delta: { content: 'x' } }];
  const messages = toMessages.stream(CONTEXT);
  const told = translate(messages, [Buffer.from(`data: ${JSON.stringify({ id: 'c', choices })}\n\n`)]);
  assert.equal(messages.failure?.code, 'answer_not_translatable');
  await assert.rejects(readByAnthropic(told), /several choices/);
});

test('an error inside a stream reaches the other SDK as its own', async () => {
  const overloaded = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';
  const chat = translate(toChat.stream(CONTEXT), [Buffer.from(`event: error\ndata: ${overloaded}\n\n`)]);
  await assert.rejects(readByOpenai(chat), /Overloaded/);
  const limited = '{"error":{"message":"Slow down","type":"rate_limit_error","code":"rate_limit_exceeded"}}';
  const messages = translate(toMessages.stream(CONTEXT), [Buffer.from(`data: ${limited}\n\n`)]);
  assert.match(messages, /^event: error\ndata: \{"type":"error","error":\{"type":"rate_limit_error"/);
  await assert.rejects(readByAnthropic(messages), /Slow down/);
});

test('a stream that breaks off is no whole answer', () => {
  for (const { translator, body, file } of ALL.filter((one) => one.file in FIXTURE_ANSWERS)) {
    const stream = translator.stream(CONTEXT);
    translate(stream, [body.subarray(0, Math.floor(body.length * 0.4))]);
    assert.equal(stream.isWhole, false, file);
    assert.equal(stream.failure, null, file);
  }
});

test('calls without ids, and calls that a server numbers 0 each, stay apart', async () => {
  const part = (fields: object): string =>
    `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: { tool_calls: [fields] }, finish_reason: null }] })}\n\n`;
  const end = `data: ${JSON.stringify({ id: 'c1', model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`;
  const body =
    part({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":1}' } }) +
    part({ index: 0, id: 'b', function: { name: 'g', arguments: '{}' } }) +
    part({ index: 1, function: { name: 'h', arguments: '{}' } }) +
    end;
  const message = await readByAnthropic(translate(toMessages.stream(CONTEXT), [Buffer.from(body)]));
  const calls = message.content.map((block) =>
    block.type === 'tool_use' ? [block.name, block.input] : block,
  );
  assert.deepEqual(calls, [
    ['f', { x: 1 }],
    ['g', {}],
    ['h', {}],
  ]);
  assert.equal(message.stop_reason, 'tool_use');
  assert.equal(new Set(message.content.map((block) => (block.type === 'tool_use' ? block.id : ''))).size, 3);
});

test('a client that did not ask for usage or thoughts gets none', () => {
  const wish = { ...WISH, streamUsage: false, thoughts: false };
  const fixture = (file: string): Buffer => readFileSync(join(FIXTURES, file));
  const chat = translate(toChat.stream({ ...CONTEXT, wish }), [fixture('anthropic-agent.sse')]);
  assert.ok(!chat.includes('"usage"'));
  const messages = translate(toMessages.stream({ ...CONTEXT, wish }), [fixture('chat-agent.sse')]);
  assert.ok(!messages.includes('thinking_delta'));
});

function fakeFetch(text: string): () => Promise<Response> {
  return async () => new Response(text, { headers: { 'content-type': 'text/event-stream' } });
}

function readByAnthropic(text: string): Promise<Anthropic.Message> {
  const client = new Anthropic({ apiKey: 'none', fetch: fakeFetch(text), maxRetries: 0 });
  return client.messages.stream({ model: 'm', max_tokens: 1, messages: [] }).finalMessage();
}

function readByOpenai(text: string): Promise<OpenAI.ChatCompletion> {
  const client = new OpenAI({ apiKey: 'none', fetch: fakeFetch(text), maxRetries: 0 });
  return client.chat.completions.stream({ model: 'm', messages: [] }).finalChatCompletion();
}

/** Without what the SDK adds for its own use. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (key === 'parsed_output' ? undefined : inner)),
  );
}

/** `text` is the stream that the completion was assembled from: the SDK keeps only the last piece of a thought. */
function chatSummary(completion: unknown, text: string | null): JsonObject {
  const { choices, usage } = completion as OpenAI.ChatCompletion;
  const [choice] = choices;
  const { message } = choice ?? {};
  const whole = (message as unknown as JsonObject | undefined)?.reasoning_content ?? '';
  const deltas = text === null ? [] : streamDocuments(Buffer.from(text));
  const joined = deltas
    .map((chunk) => asObject(asObject(asArray(chunk.choices)[0])?.delta)?.reasoning_content ?? '')
    .join('');
  return {
    content: message?.content === '' ? null : (message?.content ?? null),
    reasoning: text === null ? whole : joined,
    calls: (message?.tool_calls ?? []).map((call) =>
      call.type === 'function'
        ? [call.id, call.function.name, JSON.stringify(JSON.parse(call.function.arguments))]
        : call,
    ),
    finish: choice?.finish_reason,
    usage: [usage?.prompt_tokens, usage?.prompt_tokens_details?.cached_tokens, usage?.completion_tokens],
  };
}

/** Every event in its place: one start, blocks one after the other, one delta with usage, one stop. */
function assertWellFormed(text: string, file: string): void {
  const events = streamDocuments(Buffer.from(text));
  assert.deepEqual(
    [events[0]?.type, events.at(-2)?.type, events.at(-1)?.type],
    ['message_start', 'message_delta', 'message_stop'],
    file,
  );
  let open: unknown = null;
  let next = 0;
  for (const event of events.slice(1, -2)) {
    if (event.type === 'content_block_start') {
      assert.deepEqual([open, event.index], [null, next], file);
      open = event.index;
    } else {
      assert.equal(event.index, open, file);
      if (event.type === 'content_block_delta') continue;
      assert.equal(event.type, 'content_block_stop', file);
      open = null;
      next += 1;
    }
  }
  assert.equal(open, null, file);
}
