// Identical streams at the same time: each client follows the one upstream call from its start, while it runs.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import {
  type HeldCall,
  type HeldProvider,
  Listener,
  messageEnd,
  messageStart,
  messageText,
  startHeldProvider,
} from '../held-provider.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const MODEL = 'claude-haiku-4-5';
let provider: HeldProvider;
let app: TestApp;
before(async () => {
  provider = await startHeldProvider();
  app = await startTestApp({
    settings: {
      TOKENWATCH_CACHE_ENABLED: 'true',
      TOKENWATCH_ANTHROPIC_URL: provider.url,
      TOKENWATCH_OPENAI_URL: provider.url,
    },
  });
});
after(async () => {
  await app.close();
  await provider.close();
});

type Question = Anthropic.MessageCreateParamsNonStreaming;
const question = (): Question => ({
  model: MODEL,
  max_tokens: 1000,
  messages: [{ role: 'user', content: randomUUID() }],
});

const client = (session: string): Anthropic =>
  new Anthropic({
    apiKey: 'key',
    baseURL: `${app.proxyUrl}/anthropic`,
    maxRetries: 0,
    defaultHeaders: { 'x-tokenwatch-session': session },
  });

interface Asking extends Listener<Anthropic.RawMessageStreamEvent> {
  readonly leave: () => void;
}

function stream(session: string, body: Question): Asking {
  const abort = new AbortController();
  const listener = new Listener(
    client(session).messages.create({ ...body, stream: true }, { signal: abort.signal }),
    (event) =>
      event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '',
  );
  return Object.assign(listener, { leave: () => abort.abort() });
}

/** The next call that reaches the provider, made by `ask`. */
async function calledBy<T>(ask: () => T): Promise<{ readonly asked: T; readonly call: HeldCall }> {
  const index = provider.calls;
  const asked = ask();
  return { asked, call: await provider.call(index) };
}

/** Waits until the proxy has begun so many requests of a session, and has looked for what is stored. */
async function begun(session: string, count: number): Promise<void> {
  for (;;) {
    const recent = await app.analytics.recent({ limit: 1000 });
    if (recent.filter((record) => record.session === session).length >= count) return;
    await sleep(5);
  }
}

test('each streaming client gets the stream from its start while it runs, of one upstream call', async () => {
  const [first, others, body] = [randomUUID(), randomUUID(), question()];
  const { asked: leader, call } = await calledBy(() => stream(first, body));
  const early = stream(others, body);
  await begun(others, 1);
  await call.write(messageStart(MODEL, 'one '));
  await Promise.all([leader.until('one'), early.until('one')]);
  const late = [stream(others, body), stream(others, body), stream(others, body)];
  await Promise.all(late.map((follower) => follower.until('one')));
  await call.write(messageText('two '));
  const all = [leader, early, ...late];
  await Promise.all(all.map((each) => each.until('one two')));
  assert.ok(all.every((each) => !each.isDone));
  call.end(messageText('three') + messageEnd());
  await Promise.all(all.map((each) => each.done));
  for (const each of all) {
    assert.equal(each.failure, null);
    assert.deepEqual(each.items, leader.items);
  }
  const led = await app.recordOf(first);
  assert.equal(led.cacheUse, 'miss');
  assert.ok((led.costNanoUsd ?? 0) > 0);
  for (const record of await app.recordsOf(others, 4)) {
    assert.equal(record.cacheUse, 'inflight');
    assert.equal(record.outcome, 'cached');
    assert.equal(record.costNanoUsd, 0);
    assert.equal(record.savedNanoUsd, led.costNanoUsd);
    assert.equal(record.usage.outputTokens, 0);
    assert.equal(record.finishReason, 'end_turn');
  }
});

test('a follower says that it is a hit in flight, and one that wants a document waits for the end', async () => {
  const [session, body] = [randomUUID(), question()];
  const { asked: leader, call } = await calledBy(() => stream(session, body));
  await call.write(messageStart(MODEL, 'one'));
  await leader.until('one');
  const whole = client(session).messages.create(body).withResponse();
  const followed = await client(session)
    .messages.create({ ...body, stream: true })
    .withResponse();
  assert.equal(followed.response.headers.get('x-tokenwatch-cache'), 'HIT');
  assert.equal(followed.response.headers.get('x-tokenwatch-cache-tier'), 'inflight');
  assert.equal(followed.response.headers.get('age'), '0');
  const listener = new Listener(Promise.resolve(followed.data), () => '');
  await begun(session, 3);
  call.end(messageEnd());
  const document = await whole;
  assert.equal(document.response.headers.get('x-tokenwatch-cache-tier'), 'inflight');
  assert.deepEqual(document.data.content, [{ type: 'text', text: 'one' }]);
  await listener.done;
  await leader.done;
});

test('usage in an OpenAI stream goes to those who asked for it, whoever leads', async () => {
  const openai = new OpenAI({ apiKey: 'key', baseURL: `${app.proxyUrl}/openai/v1`, maxRetries: 0 });
  const chunk = (choices: unknown[], more: object = {}): string =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o', choices, ...more })}\n\n`;
  const said = (content: string, end: string | null = null): string =>
    chunk([{ index: 0, delta: { role: 'assistant', content }, finish_reason: end }]);
  for (const leaderWants of [true, false]) {
    const content = randomUUID();
    const listen = (wants: boolean) =>
      new Listener(
        openai.chat.completions.create({
          model: 'gpt-4o',
          messages: [{ role: 'user', content }],
          stream: true,
          ...(wants && { stream_options: { include_usage: true } }),
        }),
        (item) => item.choices[0]?.delta.content ?? '',
      );
    const { asked: leader, call } = await calledBy(() => listen(leaderWants));
    await call.write(said('one'));
    await leader.until('one');
    const [wanting, plain] = [listen(true), listen(false)];
    await Promise.all([wanting.until('one'), plain.until('one')]);
    const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };
    call.end(`${said(' two', 'stop')}${chunk([], { usage })}data: [DONE]\n\n`);
    await Promise.all([leader, wanting, plain].map((each) => each.done));
    const usages = [leader, wanting, plain].map((each) => each.items.filter((item) => item.usage).length);
    assert.deepEqual(usages, [leaderWants ? 1 : 0, 1, 0]);
    for (const each of [leader, wanting, plain]) assert.equal(each.text, 'one two');
  }
});

test('when the leader leaves, its call goes on for those who follow, is charged to it once, and is kept', async () => {
  const [leaving, staying, body] = [randomUUID(), randomUUID(), question()];
  const { asked: leader, call } = await calledBy(() => stream(leaving, body));
  await call.write(messageStart(MODEL, 'one'));
  const follower = stream(staying, body);
  await Promise.all([leader.until('one'), follower.until('one')]);
  const calls = provider.calls;
  leader.leave();
  await leader.done;
  await call.write(messageText(' two'));
  await follower.until('one two');
  call.end(messageEnd(500));
  await follower.done;
  assert.equal(follower.failure, null);
  const led = await app.recordOf(leaving);
  assert.equal(led.outcome, 'client_gone');
  assert.deepEqual([led.usage.inputTokens, led.usage.outputTokens], [1000, 500]);
  assert.equal(led.usageSource, 'provider');
  assert.ok((led.costNanoUsd ?? 0) > 0);
  const followed = await app.recordOf(staying);
  assert.deepEqual([followed.outcome, followed.costNanoUsd], ['cached', 0]);
  assert.equal(followed.savedNanoUsd, led.costNanoUsd);
  const again = stream(randomUUID(), body);
  await again.done;
  assert.equal(again.text, 'one two');
  assert.equal(provider.calls, calls);
});

test('a leader that leaves before the first byte leaves its call to those who wait', async () => {
  const [leaving, staying, body] = [randomUUID(), randomUUID(), question()];
  const { asked: leader, call } = await calledBy(() => unread(leaving, body));
  const follower = read(staying, body);
  const whole = readWhole(staying, body);
  await begun(staying, 2);
  const calls = provider.calls;
  // A reset, since a client that has only said its last word may still be listening.
  leader.resetAndDestroy();
  await once(leader, 'close');
  await call.write(messageStart(MODEL, 'one'));
  await follower.until('one');
  call.end(messageEnd());
  await follower.done;
  assert.deepEqual((await whole).content, [{ type: 'text', text: 'one' }]);
  assert.equal(provider.calls, calls);
  assert.equal((await app.recordOf(leaving)).outcome, 'client_gone');
});

test('when the last of them has left, the upstream call is ended at once', async () => {
  const [first, second, body] = [randomUUID(), randomUUID(), question()];
  const { asked: leader, call } = await calledBy(() => stream(first, body));
  await call.write(messageStart(MODEL, 'one'));
  const follower = stream(second, body);
  await Promise.all([leader.until('one'), follower.until('one')]);
  leader.leave();
  await leader.done;
  await call.write(messageText('two'));
  await follower.until('two');
  assert.ok(!call.isAborted);
  follower.leave();
  await call.closed;
  assert.ok(call.isAborted);
  const led = await app.recordOf(first);
  assert.equal(led.outcome, 'client_gone');
  assert.ok((led.costNanoUsd ?? 0) > 0);
  const followed = await app.recordOf(second);
  assert.deepEqual([followed.outcome, followed.costNanoUsd], ['client_gone', 0]);
});

test('a follower that leaves takes nothing from the others', async () => {
  const [first, second, body] = [randomUUID(), randomUUID(), question()];
  const { asked: leader, call } = await calledBy(() => stream(first, body));
  await call.write(messageStart(MODEL, 'one'));
  const [leaving, staying] = [stream(randomUUID(), body), stream(second, body)];
  await Promise.all([leaving.until('one'), staying.until('one')]);
  leaving.leave();
  await leaving.done;
  call.end(messageText(' two') + messageEnd());
  await Promise.all([leader.done, staying.done]);
  assert.deepEqual([leader.text, staying.text], ['one two', 'one two']);
  assert.equal((await app.recordOf(first)).outcome, 'completed');
});

test('a failure before the first byte makes one of those who wait ask for all of them', async () => {
  const [first, others, body] = [randomUUID(), randomUUID(), question()];
  const { asked: leader, call } = await calledBy(() => stream(first, body));
  const followers = [stream(others, body), stream(others, body), stream(others, body)];
  await begun(others, 3);
  const calls = provider.calls;
  call.head();
  call.breakOff();
  const second = await provider.call(calls);
  await second.write(messageStart(MODEL, 'one'));
  await Promise.all(followers.map((each) => each.until('one')));
  second.end(messageEnd());
  await Promise.all(followers.map((each) => each.done));
  assert.ok(followers.every((each) => each.failure === null));
  assert.equal(provider.calls, calls + 1);
  await leader.done;
  assert.notEqual(leader.failure, null);
  const uses = (await app.recordsOf(others, 3)).map((record) => record.cacheUse);
  assert.deepEqual([...uses].sort(), ['inflight', 'inflight', 'miss']);
});

test('a failure in the middle breaks what has begun, and who has nothing yet asks again', async () => {
  const [first, second, third, body] = [randomUUID(), randomUUID(), randomUUID(), question()];
  const { asked: leader, call } = await calledBy(() => stream(first, body));
  await call.write(messageStart(MODEL, 'one'));
  const follower = stream(second, body);
  const whole = client(third).messages.create(body);
  await Promise.all([leader.until('one'), follower.until('one'), begun(third, 1)]);
  const calls = provider.calls;
  call.breakOff();
  await Promise.all([leader.done, follower.done]);
  assert.notEqual(leader.failure, null);
  assert.notEqual(follower.failure, null);
  const again = await provider.call(calls);
  again.head('application/json');
  again.end(
    JSON.stringify({
      id: 'msg_2',
      type: 'message',
      role: 'assistant',
      model: MODEL,
      content: [{ type: 'text', text: 'whole' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    }),
  );
  assert.deepEqual((await whole).content, [{ type: 'text', text: 'whole' }]);
  const broken = await app.recordOf(second);
  assert.deepEqual([broken.outcome, broken.errorCode], ['upstream_broken', 'upstream_broken']);
  assert.equal(broken.costNanoUsd, 0);
});

test('an error inside of the stream reaches every follower, and is not kept', async () => {
  const [first, second, body] = [randomUUID(), randomUUID(), question()];
  const { asked: leader, call } = await calledBy(() => stream(first, body));
  await call.write(messageStart(MODEL, 'one'));
  const follower = stream(second, body);
  await Promise.all([leader.until('one'), follower.until('one')]);
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  call.end(`event: error\ndata: ${JSON.stringify(error)}\n\n`);
  await Promise.all([leader.done, follower.done]);
  assert.match(String(follower.failure), /Overloaded/);
  const record = await app.recordOf(second);
  assert.deepEqual([record.outcome, record.errorCode], ['upstream_error', 'overloaded_error']);
});

/** More than sockets hold on the way, and less than is kept. */
const LONG_TEXT = 'x'.repeat(64 * 1024);
const LONG_TIMES = 80;

/** A client that has sent its request and reads nothing until it is told to. */
function unread(session: string, body: Question): Socket {
  const text = JSON.stringify({ ...body, stream: true });
  const socket = connect(Number(new URL(app.proxyUrl).port), '127.0.0.1');
  socket.pause();
  socket.write(
    `POST /anthropic/v1/messages HTTP/1.1\r\nhost: localhost\r\naccept-language: *\r\nx-tokenwatch-app: reader\r\nx-tokenwatch-session: ${session}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
  return socket;
}

const readerHeaders = (session: string): Record<string, string> => ({
  'content-type': 'application/json',
  'x-tokenwatch-session': session,
  'x-tokenwatch-app': 'reader',
});

/** The same question, not streamed. */
async function readWhole(session: string, body: Question): Promise<Anthropic.Message> {
  const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: readerHeaders(session),
    body: JSON.stringify(body),
  });
  return (await response.json()) as Anthropic.Message;
}

/** The same request, read as it arrives. */
function read(session: string, body: Question): Listener<string> {
  const headers = readerHeaders(session);
  const text = async function* (): AsyncGenerator<string> {
    const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...body, stream: true }),
    });
    for await (const part of response.body ?? []) yield Buffer.from(part).toString();
  };
  return new Listener(Promise.resolve(text()), (part) => part);
}

for (const slow of ['follower', 'leader'] as const)
  test(`a ${slow} that does not read holds nobody up, and still gets everything`, async () => {
    const [sleepy, session, body] = [randomUUID(), randomUUID(), question()];
    const leads = slow === 'leader';
    const led = await calledBy(() => (leads ? unread(sleepy, body) : read(session, body)));
    const { call } = led;
    await call.write(messageStart(MODEL, 'one'));
    const follows = leads ? read(session, body) : unread(sleepy, body);
    const [reading, waiting] = (leads ? [follows, led.asked] : [led.asked, follows]) as [
      Listener<string>,
      Socket,
    ];
    await Promise.all([reading.until('one'), begun(sleepy, 1)]);
    for (let time = 0; time < LONG_TIMES; time += 1) await call.write(messageText(LONG_TEXT));
    call.end(messageEnd());
    await reading.done;
    assert.ok(reading.text.length > LONG_TIMES * LONG_TEXT.length);
    assert.match(reading.text, /message_stop/);
    let received = '';
    waiting.setEncoding('latin1').on('data', (part) => {
      received += String(part);
    });
    waiting.resume();
    await new Promise((resolve) => waiting.once('end', resolve));
    assert.match(received, /message_stop/);
    assert.ok(received.length > LONG_TIMES * LONG_TEXT.length);
    assert.equal((await app.recordOf(sleepy)).outcome, leads ? 'completed' : 'cached');
    assert.equal((await app.recordOf(session)).cacheUse, leads ? 'inflight' : 'miss');
  });
