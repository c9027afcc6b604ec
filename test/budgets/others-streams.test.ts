// Streams of other makers under a hard budget: they begin with what is expected, are followed in whatever framing they
// come, and end in their own form; and streams that a dearer model answers.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { ScriptedUpstream } from '../metering/scripted-upstream.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { amazonEvent, amazonEvents } from './amazon-events.ts';
import { withBook } from './app-with-budgets.ts';

const upstream = new ScriptedUpstream();
let app: TestApp;
before(async () => {
  const url = await upstream.start();
  app = await startTestApp({
    settings: { TOKENWATCH_OPENAI_URL: url, TOKENWATCH_ANTHROPIC_URL: url },
    prepare: (dataDir) =>
      withBook(dataDir, async (book) => {
        await book.set({ period: 'total', per: 'session', limit: '0.05', name: 'each' });
      }),
  });
});
after(async () => {
  await app.close();
  upstream.close();
});

/** As far as they came: what cannot be given a last word breaks off. */
async function bytesOf({ body }: Response): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of body ?? []) parts.push(part);
  } catch {
    // What came until then stands.
  }
  return Buffer.concat(parts);
}

async function ask(path: string, body: unknown) {
  const session = randomUUID();
  const response = await fetch(app.proxyUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session },
    body: JSON.stringify(body),
  });
  const bytes = await bytesOf(response);
  return { status: response.status, bytes, text: bytes.toString(), record: await app.recordOf(session) };
}

/** Resolves with whether all of it was taken, of what was poured last. */
let wasTaken: Promise<boolean>;

/** Sends one piece after another until the client is gone, for much more than any budget here. */
function pour(type: string, first: Uint8Array | string, piece: Uint8Array | string): void {
  upstream.script = (_asked, response) => {
    response.writeHead(200, { 'content-type': type });
    response.write(first);
    let left = 20_000;
    wasTaken = once(response, 'close').then(() => response.writableFinished);
    const go = (): void => {
      while (left-- > 0 && !response.destroyed) if (!response.write(piece)) return;
      response.end();
    };
    response.on('drain', go);
    go();
  };
}

const WORDS = 'every word of it is paid for '.repeat(8);
const PROMPT = 'Name a lake in Peru.';
const gemini = { contents: [{ parts: [{ text: PROMPT }] }] };
const geminiPiece = JSON.stringify({
  candidates: [{ content: { parts: [{ text: WORDS }], role: 'model' } }],
  usageMetadata: { promptTokenCount: 6, totalTokenCount: 6, promptTokensDetails: [{ modality: 'TEXT' }] },
  modelVersion: 'gemini-2.5-flash',
  responseId: 'r1',
});
const claude = { anthropic_version: 'bedrock-2023-05-31', messages: [{ role: 'user', content: PROMPT }] };
const claudePiece = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: WORDS } };
const inBytes = (event: object): object => ({ bytes: Buffer.from(JSON.stringify(event)).toString('base64') });
const BEDROCK = 'anthropic.claude-sonnet-4-5-20250929-v1:0';

interface Kind {
  readonly path: string;
  readonly body: unknown;
  readonly type: string;
  readonly piece: Uint8Array | string;
  readonly first?: string;
  readonly last: (text: string, bytes: Buffer) => unknown;
}

/** The error of the last event. */
const lastEvent = (text: string): unknown => JSON.parse(text.trimEnd().split('data: ').at(-1) ?? '');
const KINDS: Readonly<Record<string, Kind>> = {
  'Gemini, events': {
    path: '/openai/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    body: gemini,
    type: 'text/event-stream',
    piece: `data: ${geminiPiece}\r\n\r\n`,
    last: (text) => (lastEvent(text) as { error: { status: string } }).error.status,
  },
  'Gemini, a list': {
    path: '/openai/v1beta/models/gemini-2.5-flash:streamGenerateContent',
    body: gemini,
    type: 'application/json',
    first: `[${geminiPiece}\n`,
    piece: `,\r\n${geminiPiece}\n`,
    last: (text) => (JSON.parse(text) as { error?: { status: string } }[]).at(-1)?.error?.status,
  },
  'Bedrock, a model’s own form': {
    path: `/anthropic/model/${BEDROCK}/invoke-with-response-stream`,
    body: { ...claude, max_tokens: 64_000 },
    type: 'application/vnd.amazon.eventstream',
    piece: amazonEvent({ ':event-type': 'chunk' }, inBytes(claudePiece)),
    last: (_text, bytes) => amazonEvents(bytes).at(-1)?.headers[':exception-type'],
  },
  'Bedrock, Converse': {
    path: `/openai/model/${BEDROCK}/converse-stream`,
    body: { messages: [{ role: 'user', content: [{ text: PROMPT }] }] },
    type: 'application/vnd.amazon.eventstream',
    piece: amazonEvent(
      { ':event-type': 'contentBlockDelta' },
      { contentBlockIndex: 0, delta: { text: WORDS }, p: 'abcdefghijklmnop' },
    ),
    last: (_text, bytes) => amazonEvents(bytes).at(-1)?.headers[':exception-type'],
  },
  'Vertex, Claude': {
    path: '/openai/v1/projects/p/locations/eu/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict',
    body: { ...claude, stream: true, max_tokens: 64_000 },
    type: 'text/event-stream',
    piece: `event: content_block_delta\ndata: ${JSON.stringify(claudePiece)}\n\n`,
    last: (text) => (lastEvent(text) as { type: string }).type,
  },
  'Ollama, chat': {
    path: '/openai/api/chat',
    body: { model: 'gpt-4o', messages: [{ role: 'user', content: PROMPT }] },
    type: 'application/x-ndjson',
    piece: `${JSON.stringify({ model: 'gpt-4o', created_at: '2026-11-26T14:00:00Z', message: { role: 'assistant', content: WORDS }, done: false })}\n`,
    last: (text) => typeof JSON.parse(text.trimEnd().split('\n').at(-1) ?? '').error,
  },
  'Cohere, version 2': {
    path: '/openai/v2/chat',
    body: { model: 'command-r-plus', stream: true, messages: [{ role: 'user', content: PROMPT }] },
    type: 'text/event-stream',
    piece: `event: content-delta\ndata: ${JSON.stringify({ type: 'content-delta', index: 0, delta: { message: { content: { text: WORDS } } } })}\n\n`,
    last: (text) => (lastEvent(text) as { delta: { finish_reason: string } }).delta.finish_reason,
  },
  'Cohere, version 1': {
    path: '/openai/v1/chat',
    body: { model: 'command-r-plus', stream: true, message: PROMPT },
    type: 'application/stream+json',
    piece: `${JSON.stringify({ is_finished: false, event_type: 'text-generation', text: WORDS })}\n`,
    last: (text) => JSON.parse(text.trimEnd().split('\n').at(-1) ?? '').finish_reason,
  },
};

const ENDS: Readonly<Record<string, string>> = {
  'Gemini, events': 'RESOURCE_EXHAUSTED',
  'Gemini, a list': 'RESOURCE_EXHAUSTED',
  'Bedrock, a model’s own form': 'throttlingException',
  'Bedrock, Converse': 'throttlingException',
  'Vertex, Claude': 'error',
  'Ollama, chat': 'string',
  'Cohere, version 2': 'ERROR',
  'Cohere, version 1': 'ERROR',
};

for (const [name, kind] of Object.entries(KINDS)) {
  test(`a stream is begun with what is expected, and ended in its own form: ${name}`, async () => {
    pour(kind.type, kind.first ?? '', kind.piece);
    const { status, text, bytes, record } = await ask(kind.path, kind.body);
    assert.equal(status, 200, text.slice(0, 500));
    assert.deepEqual([record.outcome, record.streamed], ['cut', true]);
    assert.equal(kind.last(text, bytes), ENDS[name]);
    assert.ok((record.costNanoUsd ?? 0) <= 50_000_000, `${record.costNanoUsd}`);
    assert.ok((record.costNanoUsd ?? 0) > 25_000_000, `ended with half of it left: ${record.costNanoUsd}`);
  });
}

const chatPiece = (model: string): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model, choices: [{ index: 0, delta: { content: WORDS } }] })}\n\n`;
const messageBegin = (model: string, input_tokens: number): string =>
  `event: message_start\ndata: ${JSON.stringify({ type: 'message_start', message: { id: 'm', model, usage: { input_tokens, output_tokens: 1 } } })}\n\n`;
const messagePiece = `event: content_block_delta\ndata: ${JSON.stringify(claudePiece)}\n\n`;

test('a stream that a dearer model answers ends while that is paid for', async () => {
  const chat = { model: 'gpt-4o-mini', stream: true, messages: [{ role: 'user', content: PROMPT }] };
  pour('text/event-stream', '', chatPiece('gpt-4-0613'));
  const { status, record } = await ask('/openai/v1/chat/completions', chat);
  assert.deepEqual([status, record.outcome, record.modelUsed], [200, 'cut', 'gpt-4-0613']);
  assert.ok((record.costNanoUsd ?? 0) <= 50_000_000, `${record.costNanoUsd}`);
  assert.ok((record.costNanoUsd ?? 0) > 25_000_000, `${record.costNanoUsd}`);
  const message = { ...chat, model: 'claude-haiku-4-5', max_tokens: 64_000 };
  pour('text/event-stream', messageBegin('claude-opus-4-1-20250805', 12), messagePiece);
  const opus = await ask('/anthropic/v1/messages', message);
  assert.deepEqual([opus.record.outcome, opus.record.modelUsed], ['cut', 'claude-opus-4-1-20250805']);
  assert.ok((opus.record.costNanoUsd ?? 0) <= 50_000_000, `${opus.record.costNanoUsd}`);
});

test('a stream that goes by another name is followed by its events all the same', async () => {
  const chat = { model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: PROMPT }] };
  for (const type of ['text/plain', 'application/x-ndjson', 'application/json']) {
    pour(type, '', chatPiece('gpt-4o'));
    const { text, record } = await ask('/openai/v1/chat/completions', chat);
    assert.equal(record.outcome, 'cut', type);
    assert.match(text, /\n\ndata: \{"error":\{"message":"TokenWatch/);
    assert.ok((record.costNanoUsd ?? 0) > 25_000_000, `${type}: ${record.costNanoUsd}`);
  }
});

const OLLAMA_PIECE = KINDS['Ollama, chat']!.piece;
const CONVERSE_PIECE = KINDS['Bedrock, Converse']!.piece;
const bedrock = {
  path: KINDS['Bedrock, Converse']!.path,
  body: KINDS['Bedrock, Converse']!.body,
};
const ollama = { path: '/openai/api/chat', body: KINDS['Ollama, chat']!.body };
const chatAsked = {
  path: '/openai/v1/chat/completions',
  body: { model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: PROMPT }] },
};
const messageAsked = {
  path: '/anthropic/v1/messages',
  body: { ...chatAsked.body, model: 'claude-sonnet-4-5', max_tokens: 64_000 },
};
const MISNAMED: readonly (readonly [
  name: string,
  asked: typeof ollama,
  type: string,
  piece: Kind['piece'],
])[] = [
  ['lines as events', ollama, 'text/event-stream', OLLAMA_PIECE],
  ['lines as events, behind blank ones', ollama, 'text/event-stream', `${'\n'.repeat(500)}${OLLAMA_PIECE}`],
  ['a list as events', { path: KINDS['Gemini, a list']!.path, body: gemini }, 'text/event-stream', ''],
  ['Amazon’s as events', bedrock, 'text/event-stream', CONVERSE_PIECE],
  ['Amazon’s as bytes', bedrock, 'application/octet-stream', CONVERSE_PIECE],
  ['events as Amazon’s', bedrock, 'application/vnd.amazon.eventstream', messagePiece],
  ['events without blank lines', chatAsked, 'text/event-stream', chatPiece('gpt-4o').replace('\n\n', '\n')],
  [
    'events without blank lines, with names',
    messageAsked,
    'text/event-stream',
    messagePiece.replace('\n\n', '\n'),
  ],
  ['events that are named twice', chatAsked, 'text/event-stream', `data: ${chatPiece('gpt-4o')}`],
  ['events whose end is CR', chatAsked, 'text/event-stream', chatPiece('gpt-4o').replaceAll('\n', '\r')],
  [
    'events of many lines',
    chatAsked,
    'text/event-stream',
    `${JSON.stringify(JSON.parse(chatPiece('gpt-4o').slice(6)), null, 1).replaceAll(/^/gm, 'data: ')}\n\n`,
  ],
  ['what is no event as events', ollama, 'text/event-stream', `${WORDS}\n`],
];
for (const [name, { path, body }, type, piece] of MISNAMED)
  test(`whatever a stream is called, no more of it passes than is paid for: ${name}`, async () => {
    const list = KINDS['Gemini, a list']!;
    if (piece === '') pour(type, list.first ?? '', list.piece);
    else pour(type, '', piece);
    const { bytes, record } = await ask(path, body);
    assert.equal(record.outcome, 'cut');
    // What its words cost at the least, four characters a token, is within what it was allowed.
    assert.ok(bytes.length < 500_000, `${bytes.length} bytes`);
    assert.equal(await wasTaken, false);
  });
