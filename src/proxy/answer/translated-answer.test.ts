import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { DecodingRoom } from '../../core/decoding-room.ts';
import { HeldRoom } from '../../core/held-room.ts';
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
  share = new HeldRoom().share(),
): TranslatedAnswer {
  const answer = new TranslatedAnswer({
    next,
    translation: { translator: translatorFor('anthropic', 'messages', 'openai')!, protocol: openai, wish },
    guarded: { crash: assert.fail },
    large: { translate: () => assert.fail() },
    share,
    decoding: new DecodingRoom(),
    client: { protocol: anthropic, endpoint, requestId: 'r' },
    createdAtSeconds: 0,
    onHead: () => null,
    onUntranslatable: () => {},
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

test('of answers that are translated as a whole, those for which there is no room end in an error that says so', () => {
  const room = new HeldRoom(5 * 1024 * 1024);
  const padding = Buffer.alloc(3 * 1024 * 1024, ' ');
  const share = room.share();
  const begin = (own = room.share()): [number, string, string] => {
    let [status, text] = [0, ''];
    const controller = controllerOf(false);
    controller.rawHeaders = [];
    const next: Dispatcher.DispatchHandler = {
      onResponseStart: (_controller, given) => {
        status = given;
      },
      onResponseData: (_controller, bytes) => {
        text += bytes.toString();
      },
    };
    answerTo(controller, next, own).onResponseData(controller, padding);
    return [status, text, controller.did.filter((did) => did === 'abort').join()];
  };
  assert.deepEqual(begin(share), [0, '', '']);
  const [status, text, did] = begin();
  assert.deepEqual([status, did], [502, 'abort']);
  assert.match(text, /too many large answers are on their way at once/);
  share.leave();
  assert.deepEqual(begin(), [0, '', '']);
});

test('a translated stream whose event does not end breaks off where there is no room for it', () => {
  const controller = controllerOf(false);
  const errors: string[] = [];
  const next = { onResponseError: (_controller: unknown, error: Error) => errors.push(error.message) };
  const room = new HeldRoom(1024 * 1024);
  const answer = answerTo(controller, next, room.share());
  answer.onResponseData(controller, Buffer.from('data: {"choices":['));
  for (let pushed = 0; pushed < 9; pushed += 1) answer.onResponseData(controller, Buffer.alloc(150_000, ' '));
  assert.match(errors.join(), /too many large answers/);
  assert.ok(controller.did.includes('abort'));
});
