// Sessions of Gemini's Live API: each turn is paid for by what it tells, by the model that the client asked for.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import type { RequestRecord } from '../src/core/record.ts';
import { appWith } from './budgets/app-with-budgets.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

/** What the server says to each of the client's messages. */
let script: readonly (readonly object[])[] = [];
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: { threshold: 0 } });
sockets.on('connection', (socket) => {
  let number = 0;
  socket.on('message', () => {
    // Google's own server sends its JSON as bytes.
    for (const event of script[number++] ?? []) socket.send(Buffer.from(JSON.stringify(event)));
  });
});

let app: TestApp;
let url: string;
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  app = await startTestApp({ settings: { TOKENWATCH_OPENAI_URL: url, TOKENWATCH_ANTHROPIC_URL: url } });
});
after(async () => {
  await app.close();
  server.closeAllConnections();
  server.close();
});

const GOOGLE = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k';
const VERTEX = '/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent';
const MODEL = 'gemini-live-2.5-flash';
const setup = (model = `models/${MODEL}`) => ({ setup: { model } });
const READY = { setupComplete: {} };
const SAID = {
  clientContent: { turns: [{ parts: [{ text: 'Name a lake in Peru.' }] }], turnComplete: true },
};
const MAKING = {
  serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm', data: 'AAAA' } }] } },
};
const kinds = (text: number, sound: number) => [
  { modality: 'TEXT', tokenCount: text },
  { modality: 'AUDIO', tokenCount: sound },
];
/** A turn that reads 100 tokens of text and 50 of sound, and makes 40 of sound after 10 of thoughts. */
const USAGE = {
  promptTokenCount: 150,
  promptTokensDetails: kinds(100, 50),
  responseTokenCount: 40,
  responseTokensDetails: kinds(0, 40),
  thoughtsTokenCount: 10,
  totalTokenCount: 190,
};
const told = (usage: object = USAGE, more: object = { serverContent: { turnComplete: true } }) => ({
  ...more,
  usageMetadata: usage,
});
/** At $0.50 and $3 a million read, $2 and $12 made. */
const TURN_NANO_USD = 100 * 500 + 50 * 3000 + 10 * 2000 + 40 * 12_000;

interface Options {
  readonly path?: string;
  readonly compress?: boolean;
  readonly to?: TestApp;
  /** Whether it waits for the answer to each message before the next one. */
  readonly leaves?: boolean;
}

async function session(
  asked: readonly object[],
  answers: readonly (readonly object[])[],
  { path = `/openai${GOOGLE}`, compress = false, to = app, leaves = false }: Options = {},
): Promise<RequestRecord> {
  script = answers;
  const name = randomUUID();
  const socket = new WebSocket(to.proxyUrl.replace('http', 'ws') + path, {
    headers: { 'x-tokenwatch-session': name },
    perMessageDeflate: compress ? { threshold: 0 } : false,
  });
  await once(socket, 'open');
  const closed = once(socket, 'close');
  for (const [number, message] of asked.entries()) {
    let left = answers[number]?.length ?? 0;
    const answered = new Promise<void>((resolve) => {
      if (left === 0) resolve();
      socket.on('message', () => {
        left -= 1;
        if (left === 0) resolve();
      });
    });
    socket.send(JSON.stringify(message));
    await Promise.race([answered, closed]);
    socket.removeAllListeners('message');
  }
  if (leaves) socket.terminate();
  else socket.close(1000);
  await closed;
  return to.recordOf(name);
}

test('each turn of a session is paid for, by the model that its client asked for', async () => {
  for (const [path, model] of [
    [`/openai${GOOGLE}`, `models/${MODEL}`],
    [`/anthropic${GOOGLE}`, `models/${MODEL}`],
    [`/openai${VERTEX}`, `projects/p/locations/us-central1/publishers/google/models/${MODEL}`],
  ] as const)
    for (const compress of [false, true]) {
      const record = await session(
        [setup(model), SAID, SAID],
        [[READY], [MAKING, told()], [MAKING, MAKING, told()]],
        { path, compress },
      );
      assert.deepEqual(
        [record.endpoint, record.outcome, record.modelUsed, record.usageSource],
        ['gemini/live', 'completed', MODEL, 'provider'],
      );
      const { inputTokens, inputAudioTokens, outputTokens, outputAudioTokens, reasoningTokens } =
        record.usage;
      assert.deepEqual(
        [inputTokens, inputAudioTokens, outputTokens, outputAudioTokens, reasoningTokens],
        [300, 100, 100, 80, 20],
      );
      assert.equal(record.costNanoUsd, 2 * TURN_NANO_USD, `${path} ${compress}`);
    }
});

test('usage comes with whatever else a message says, and a tool’s call is a turn of its own', async () => {
  const call = { toolCall: { functionCalls: [{ id: 'f', name: 'lakes', args: {} }] } };
  const record = await session(
    [setup(), SAID, { toolResponse: { functionResponses: [] } }],
    [[READY], [told(USAGE, call)], [MAKING, told(USAGE, {}), { serverContent: { turnComplete: true } }]],
  );
  assert.equal(record.costNanoUsd, 2 * TURN_NANO_USD);
});

test('what a session does not tell is never free', async () => {
  const { promptTokensDetails: _, ...unparted } = USAGE;
  const seen = { ...USAGE, promptTokensDetails: [...kinds(60, 50), { modality: 'VIDEO', tokenCount: 40 }] };
  const short = { ...USAGE, promptTokensDetails: kinds(90, 50) };
  const grounded = {
    serverContent: { turnComplete: true, groundingMetadata: { webSearchQueries: ['lakes in Peru'] } },
  };
  const cases: Readonly<Record<string, readonly [asked: readonly object[], answers: readonly object[][]]>> = {
    'an answer that was still being made': [
      [setup(), SAID, SAID],
      [[READY], [told()], [MAKING]],
    ],
    'an answer without usage': [
      [setup(), SAID],
      [[READY], [{ serverContent: { turnComplete: true } }]],
    ],
    'a usage of zeros': [
      [setup(), SAID],
      [[READY], [MAKING, told({ totalTokenCount: 0 })]],
    ],
    'nothing of what it has read': [
      [setup(), SAID],
      [[READY], [told(unparted)]],
    ],
    'pictures, whose price is another': [
      [setup(), SAID],
      [[READY], [told(seen)]],
    ],
    'ten tokens of no kind': [
      [setup(), SAID],
      [[READY], [told(short)]],
    ],
    'a search': [
      [setup(), SAID],
      [[READY], [told(USAGE, grounded)]],
    ],
    'no model': [
      [{ setup: {} }, SAID],
      [[READY], [told()]],
    ],
    'a question that nobody answered': [[setup(), SAID], [[READY]]],
  };
  for (const [name, [asked, answers]] of Object.entries(cases)) {
    const record = await session(asked, answers);
    assert.equal(record.costNanoUsd, null, name);
  }
  const partly = await session([setup(), SAID, SAID], [[READY], [told()], [MAKING]], { leaves: true });
  assert.deepEqual([partly.costNanoUsd, partly.listCostNanoUsd], [null, TURN_NANO_USD]);
  // Nothing was asked.
  assert.equal((await session([setup()], [[READY]])).costNanoUsd, 0);
});

test('the turn that uses a hard budget up is the last', async (context) => {
  const limit = String((2 * TURN_NANO_USD) / 1e9);
  const budgeted = await appWith(context, [{ name: 'voice', limit, unknown: 'allow' }], {
    settings: { TOKENWATCH_OPENAI_URL: url },
  });
  const turns = [[READY], [told()], [told()], [told()], [told()]];
  const record = await session([setup(), SAID, SAID, SAID, SAID], turns, { to: budgeted });
  assert.deepEqual([record.outcome, record.costNanoUsd], ['cut', 2 * TURN_NANO_USD]);
});
