import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSettings } from '../settings.ts';
import { LineWriter } from './line-writer.ts';
import { jsonLine, type LogEvent, prettyRequestLine } from './log.ts';

const HOSTILE = 'a\u001b[2J\u009b31m\u202e\u2028b\n"c"';
const event: LogEvent = {
  atMs: Date.UTC(2026, 10, 25, 12, 0, 0, 7),
  level: 'info',
  event: 'request',
  fields: {
    id: '019ac0de-0000-7000-8000-000000000000',
    status: 200,
    outcome: 'completed',
    error: null,
    api: 'anthropic',
    endpoint: 'messages',
    model: HOSTILE,
    app: 'shop',
    latencyMs: 12.4,
    costUsd: 0.25,
  },
};

test('a line of JSON is one document that gives everything back, without a character that acts', () => {
  const line = jsonLine(event);
  assert.doesNotMatch(line, /\p{Cc}|\p{Bidi_Control}|\p{Zl}|\p{Zp}/u);
  const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
  assert.equal(time, '2026-11-25T12:00:00.007Z');
  assert.deepEqual(rest, { level: 'info', event: 'request', ...event.fields });
});

test('a line for people says what a request came to, and its id, and does nothing to the terminal', () => {
  const line = prettyRequestLine(event);
  assert.doesNotMatch(line, /\p{Cc}|\p{Bidi_Control}|\p{Zl}|\p{Zp}/u);
  assert.match(
    line,
    /^12:00:00 {2}200 {2}anthropic\/messages .* shop {2}completed {2}12 ms {2}\$0\.2500 {2}019ac0de/,
  );
  const unpriced = prettyRequestLine({ ...event, fields: { ...event.fields, costUsd: null, error: 'x' } });
  assert.match(unpriced, /completed \(x\) {2}12 ms {2}unknown/);
});

test('lines arrive whole and in order, and what no longer fits is counted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-log-'));
  const path = join(folder, 'log');
  const file = openSync(path, 'w');
  const writer = new LineWriter({
    fileDescriptor: file,
    droppedLine: (count) => `${count} dropped`,
    waitingCharactersMax: 100,
  });
  writer.write('first');
  for (let index = 0; index < 60; index += 1) writer.write(`line ${index}`);
  await writer.close();
  const lines = readFileSync(path, 'utf8').split('\n');
  assert.equal(lines.pop(), '');
  const dropped = Number(/^(\d+) dropped$/.exec(lines.pop() ?? '')?.[1]);
  assert.deepEqual(lines, ['first', ...Array.from({ length: 60 - dropped }, (_, index) => `line ${index}`)]);
  assert.ok(dropped > 0);
  closeSync(file);
  rmSync(folder, { recursive: true });
});

test('headers that carry credentials cannot be logged, whatever their spelling', () => {
  const read = (names: string) => readSettings({ TOKENWATCH_LOG_HEADERS: names }).TOKENWATCH_LOG_HEADERS;
  assert.deepEqual(read('User-Agent, x-request-id,,user-agent'), ['user-agent', 'x-request-id']);
  for (const name of ['authorization', 'X-API-Key', 'cookie', 'x-my-secret', 'user-agent,api-key', 'a b'])
    assert.throws(() => read(name), { code: 'invalid_setting' }, name);
});
