import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import type { RequestRecord } from '../../../src/dashboard/contract.ts';
import { curlOf } from './record-decisions.ts';

const RECORD = {
  protocol: 'anthropic',
  method: 'POST',
  path: '/v1/messages',
  app: 'chat',
  tag: null,
  session: null,
  modelRequested: 'claude-haiku-4-5',
} as RequestRecord;

/** What curl is given where the command is pasted into a shell. */
function argumentsOf(record: RequestRecord): readonly string[] {
  const script = `curl() { for word; do printf '%s\\0' "$word"; done; }\n${curlOf(record)}`;
  const env = {
    PATH: process.env.PATH,
    ANTHROPIC_BASE_URL: 'http://proxy/anthropic',
    ANTHROPIC_API_KEY: 'secret',
    OPENAI_BASE_URL: 'http://proxy/openai/v1',
    OPENAI_API_KEY: 'secret',
  };
  return execFileSync('sh', ['-c', script], { env, encoding: 'utf8' }).split('\0').slice(0, -1);
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
  const hostile = "$(echo gone)`echo gone`$HOME\"'; echo gone; '!";
  const words = argumentsOf({
    ...RECORD,
    app: hostile,
    tag: hostile,
    session: hostile,
    modelRequested: hostile,
    path: `/v1/messages?${hostile}`,
  });
  assert.equal(words[3], `http://proxy/anthropic/v1/messages?${hostile}`);
  for (const name of ['app', 'tag', 'session'])
    assert.ok(words.includes(`x-tokenwatch-${name}: ${hostile}`), name);
  assert.equal(JSON.parse(words.at(-1) ?? '').model, hostile);
});
