import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { appFromUserAgent, labelError, readCaller } from './caller.ts';

const APPS: readonly (readonly [userAgent: string | null, app: string])[] = [
  ['claude-cli/2.0.14 (external, cli)', 'claude-code'],
  ['claude-code/1.0', 'claude-code'],
  ['codex_cli_rs/0.46.0 (Mac OS 15.6; arm64) iTerm.app/3.5', 'codex-cli'],
  ['opencode/1.2.0 ai-sdk/openai/2.0', 'opencode'],
  ['OpenAI/Python 2.1.0', 'openai-python'],
  ['AsyncOpenAI/Python 1.99.9', 'openai-python'],
  ['OpenAI/JS 7.57.0', 'openai-node'],
  ['Anthropic/JS 1.12.0', 'anthropic-typescript'],
  ['AsyncAnthropic/Python 0.70.0', 'anthropic-python'],
  ['ai/7.0.173 ai-sdk/anthropic/4.0.105 runtime/node.js/26', 'vercel-ai-sdk'],
  ['litellm/1.78', 'litellm'],
  ['Go-http-client/1.1', 'go-http-client'],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36', 'browser'],
  ['curl/8.14.1', 'curl'],
  ['python-requests/2.32.3', 'python-requests'],
  ['MyTool', 'mytool'],
  ['(nothing before the comment)', 'unknown'],
  ['', 'unknown'],
  [null, 'unknown'],
];

const inBody = (sessionId: string | null, userId: string | null = null) => ({ sessionId, userId });

test('a user agent is reduced to a name that outlives its versions', () => {
  for (const [userAgent, app] of APPS) assert.equal(appFromUserAgent(userAgent), app, String(userAgent));
});

test('any user agent gives a name that is short, has no blanks and is not empty', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (userAgent) => {
      const app = appFromUserAgent(userAgent);
      assert.ok(app.length > 0 && app.length <= 64 && !/\s/.test(app), app);
    }),
  );
});

test('what the caller says of itself goes before what its client says', () => {
  const headers = {
    'user-agent': 'claude-cli/2.0.14',
    'x-tokenwatch-app': ' billing ',
    'x-tokenwatch-session': 'mine',
    'x-tokenwatch-tag': 'night',
    'x-claude-code-session-id': 'its',
  };
  assert.deepEqual(readCaller(headers, inBody('body')), {
    app: 'billing',
    userAgent: 'claude-cli/2.0.14',
    session: 'mine',
    user: null,
    tag: 'night',
  });
  const [own, told] = [{ 'x-tokenwatch-user': 'ada' }, inBody(null, 'bob')];
  assert.deepEqual([readCaller(own, told).user, readCaller({}, told).user], ['ada', 'bob']);
  assert.equal(readCaller({ 'x-claude-code-session-id': 'its' }, inBody('body')).session, 'its');
  assert.equal(readCaller({ session_id: 'its' }, inBody(null)).session, 'its');
  assert.equal(readCaller({ 'x-tokenwatch-session': '  ' }, inBody('body')).session, 'body');
  assert.deepEqual(readCaller({}, inBody(null)), {
    app: 'unknown',
    userAgent: null,
    session: null,
    user: null,
    tag: null,
  });
});

test('labels are of a length that a table can hold, and ours are refused where they are longer', () => {
  const long = 'x'.repeat(5000);
  const caller = readCaller({ 'x-tokenwatch-app': long, 'x-tokenwatch-tag': long }, inBody(long));
  for (const label of [caller.app, caller.tag, caller.session]) assert.equal(label?.length, 256);
  assert.notEqual(readCaller({}, inBody(`${long}1`)).session, readCaller({}, inBody(`${long}2`)).session);
  for (const name of ['x-tokenwatch-app', 'x-tokenwatch-tag', 'x-tokenwatch-session']) {
    assert.match(labelError({ [name]: long })?.message ?? '', new RegExp(`${name} has 5000 characters`));
    assert.equal(labelError({ [name]: 'x'.repeat(256) }), null);
  }
  assert.equal(labelError({ session_id: long }), null);
});

test('a label that comes several times is refused, but for tags, which add up', () => {
  for (const name of ['x-tokenwatch-app', 'x-tokenwatch-session', 'x-tokenwatch-user']) {
    const joined = { [name]: 'a, b' };
    const raw = [name.toUpperCase(), 'a', 'accept', '*/*', name, 'b'];
    assert.match(labelError(joined, raw)?.message ?? '', new RegExp(`${name} comes several times: "a, b"`));
    assert.equal(labelError(joined, [name, 'a, b']), null);
  }
  assert.equal(
    labelError({ 'x-tokenwatch-tag': 'a, b' }, ['x-tokenwatch-tag', 'a', 'x-tokenwatch-tag', 'b']),
    null,
  );
});

test('the bytes of a label are UTF-8, where they are that', () => {
  const asNodeReadsIt = (text: string): string => Buffer.from(text).toString('latin1');
  const caller = readCaller(
    { 'x-tokenwatch-app': asNodeReadsIt('größe'), 'x-tokenwatch-tag': asNodeReadsIt('团队=研发') },
    inBody('团队', '团'),
  );
  assert.deepEqual([caller.app, caller.tag, caller.session], ['größe', '团队=研发', '团队']);
  assert.equal(readCaller({ 'x-tokenwatch-app': 'gr\xf6\xdfe' }, inBody(null)).app, 'größe');
  assert.equal(labelError({ 'x-tokenwatch-app': asNodeReadsIt('研'.repeat(256)) }), null);
});

test('an agent’s look at the base address is the agent’s', () => {
  const bun = { 'user-agent': 'Bun/1.2.3' };
  assert.equal(readCaller(bun, inBody(null), 'anthropic').app, 'claude-code');
  assert.equal(readCaller(bun, inBody(null), 'openai').app, 'bun');
  assert.equal(readCaller(bun, inBody(null)).app, 'bun');
  assert.equal(readCaller({ 'user-agent': 'curl/8' }, inBody(null), 'anthropic').app, 'curl');
});
