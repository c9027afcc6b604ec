import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import type { RequestRecord } from '../../../src/dashboard/contract.ts';
import { curlOf } from './record-curl.ts';

const HOSTILE = "$(echo gone)`echo gone`$HOME\"'; echo gone; '!\nPROMPT\necho gone";

const RECORD = {
  protocol: 'anthropic',
  method: 'POST',
  path: '/v1/messages',
  endpoint: 'messages',
  app: 'chat',
  tag: null,
  session: null,
  modelRequested: 'claude-haiku-4-5',
} as RequestRecord;

/** What curl is given where the command is pasted into a shell. */
function argumentsOf(record: RequestRecord, stored: string | null = null): readonly string[] {
  const body = `case "$*" in *@-*) cat; printf '\\0';; esac`;
  const script = `curl() { for word; do printf '%s\\0' "$word"; done; ${body}; }\n${curlOf(record, stored)}`;
  const env = {
    PATH: process.env.PATH,
    ANTHROPIC_BASE_URL: 'http://proxy/anthropic',
    ANTHROPIC_API_KEY: 'secret',
    OPENAI_BASE_URL: 'http://proxy/openai/v1',
    OPENAI_API_KEY: 'secret',
  };
  return execFileSync('sh', { env, input: script, encoding: 'utf8' }).split('\0').slice(0, -1);
}

test('the command asks the proxy what was asked, with the names that it had', () => {
  const words = argumentsOf({ ...RECORD, tag: 'team=a', session: 's-1' });
  assert.deepEqual(words.slice(0, 4), ['-g', '-X', 'POST', 'http://proxy/anthropic/v1/messages']);
  for (const header of ['x-api-key: secret', 'x-tokenwatch-app: chat', 'x-tokenwatch-tag: team=a'])
    assert.ok(words.includes(header), header);
  const chat = { ...RECORD, protocol: 'openai', path: '/v1/chat/completions' } as RequestRecord;
  assert.equal(argumentsOf(chat)[3], 'http://proxy/openai/v1/chat/completions');
});

test('nothing that a client sent is read by the shell', () => {
  const words = argumentsOf({
    ...RECORD,
    app: HOSTILE,
    tag: HOSTILE,
    session: HOSTILE,
    modelRequested: HOSTILE,
    path: `/v1/messages?${HOSTILE}`,
  });
  assert.equal(words[3], `http://proxy/anthropic/v1/messages?${HOSTILE}`);
  for (const name of ['app', 'tag', 'session'])
    assert.ok(words.includes(`x-tokenwatch-${name}: ${HOSTILE}`), name);
  assert.equal(JSON.parse(words.at(-1) ?? '').model, HOSTILE);
});

test('a stored prompt is sent as it is stored, whatever it says and however long it is', () => {
  const messages = [
    { role: 'user', content: HOSTILE },
    { role: 'user', content: 'x'.repeat(300_000) },
  ];
  const body = JSON.stringify({ model: 'claude-haiku-4-5', stream: true, messages });
  const words = argumentsOf(RECORD, body);
  assert.deepEqual(words.slice(-3), ['--data-binary', '@-', `${body}\n`]);
});

test('what is sent in place of a prompt that is not stored says so, in the form of its endpoint', () => {
  const sent = (record: Partial<RequestRecord>) =>
    JSON.parse(argumentsOf({ ...RECORD, ...record } as RequestRecord).at(-1) ?? '');
  const words = 'A stand-in for the prompt of this request.';
  assert.equal(sent({}).messages[0].content, words);
  assert.equal(sent({}).max_tokens, 256);
  const openai = { protocol: 'openai', modelRequested: 'gpt-5' } as const;
  assert.deepEqual(sent({ ...openai, endpoint: 'responses' }), { model: 'gpt-5', input: words });
  assert.deepEqual(sent({ ...openai, endpoint: 'embeddings' }), { model: 'gpt-5', input: words });
  assert.deepEqual(sent({ ...openai, endpoint: 'completions' }), { model: 'gpt-5', prompt: words });
});
