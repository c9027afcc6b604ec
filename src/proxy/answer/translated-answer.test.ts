import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { anthropic } from '../../protocols/anthropic/protocol.ts';
import { openai } from '../../protocols/openai/protocol.ts';
import { ToolNames } from '../../translation/tools/tool-names.ts';
import { translatorFor } from '../../translation/translators.ts';
import { TranslatedAnswer } from './translated-answer.ts';

const endpoint = anthropic.endpoint('POST', '/v1/messages');
const wish = {
  stream: true,
  streamUsage: true,
  thoughts: false,
  toolNames: new ToolNames(),
  stops: [],
  callIds: new Set<string>(),
};

function answerTo(
  controller: Dispatcher.DispatchController,
  next: Dispatcher.DispatchHandler = {},
): TranslatedAnswer {
  const answer = new TranslatedAnswer({
    next,
    translation: { translator: translatorFor('anthropic', 'messages', 'openai')!, protocol: openai, wish },
    guarded: { crash: assert.fail },
    large: { translate: () => assert.fail() },
    client: { protocol: anthropic, endpoint, requestId: 'r' },
    createdAtSeconds: 0,
    onHead: () => null,
    onUntranslatable: assert.fail,
  });
  answer.onResponseStart(controller, 200);
  return answer;
}

function controllerOf(
  isPaused: boolean,
  ...coding: string[]
): Dispatcher.DispatchController & { readonly did: string[] } {
  const did: string[] = [];
  let paused = isPaused;
  return {
    did,
    get paused() {
      return paused;
    },
    aborted: false,
    reason: null,
    rawHeaders: ['content-type', 'text/event-stream', ...coding].map((text) => Buffer.from(text)),
    abort: () => did.push('abort'),
    pause() {
      did.push('pause');
      paused = true;
    },
    resume() {
      did.push('resume');
      paused = false;
    },
  };
}

test('a compressed stream that expands without end breaks off, though it says nothing', async () => {
  const blank = brotliCompressSync(Buffer.alloc(64 * 1024 * 1024, '\n'), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
  });
  const controller = controllerOf(false, 'content-encoding', 'br');
  const { promise, resolve } = Promise.withResolvers<Error>();
  const answer = answerTo(controller, { onResponseError: (_controller, error) => resolve(error) });
  answer.onResponseData(controller, blank);
  answer.onResponseEnd(controller);
  assert.match((await promise).message, /expands/);
  assert.ok(controller.did.includes('abort'));
});
