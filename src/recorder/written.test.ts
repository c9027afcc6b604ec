import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tagging } from '../redaction/numbering.ts';
import { Redactor } from '../redaction/redactor.ts';
import { bodyOf, bytesOf, parseRecording } from './recording.ts';
import { keptHeaders, Writing } from './written.ts';

const redactor = new Redactor({ spentMs: () => 0, budgetMs: 1 });
const writing = new Writing(redactor, new Tagging(Buffer.from('key')));

function stream(...pieces: readonly string[]): Buffer {
  const chunk = (delta: object, finish: string | null = null): string =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const events = pieces.map((content) => chunk({ content }));
  return Buffer.from(
    [chunk({ role: 'assistant', content: '' }), ...events, chunk({}, 'stop'), 'data: [DONE]\n\n'].join(''),
  );
}

const SSE = 'text/event-stream; charset=utf-8';

test('a stream without anything to hide is kept byte for byte', () => {
  const bytes = stream('Hel', 'lo');
  assert.deepEqual(writing.answer('openai', '/v1/chat/completions', SSE, bytes), { text: bytes.toString() });
});

test('an address that is spread over the events of a stream is found', () => {
  const body = writing.answer(
    'openai',
    '/v1/chat/completions',
    SSE,
    stream('write to ja', 'ne@corp', '.example now'),
  );
  const text = 'text' in body ? body.text : '';
  assert.doesNotMatch(text, /corp|ja"|ne@/);
  assert.match(text, /\[EMAIL_/);
  assert.match(text, /\[DONE\]/);
});

test('a stream that broke off is looked through event by event', () => {
  const bytes = Buffer.from('data: {"choices":[{"delta":{"content":"to jane@corp.example"}}]}\n\n');
  const body = writing.answer('openai', '/v1/chat/completions', SSE, bytes);
  assert.match(
    'text' in body ? body.text : '',
    /^data: \{"choices":\[\{"delta":\{"content":"to \[EMAIL_[0-9a-f]{6}\]"\}\}\]\}\n\n$/,
  );
});

test('a secret that is spread over events that amount to no answer keeps the call out of the file', () => {
  const event = (content: string): string => `data: {"choices":[{"delta":{"content":"${content}"}}]}\n\n`;
  const bytes = Buffer.from(event('to jane@co') + event('rp.example'));
  assert.throws(() => writing.answer('openai', '/v1/chat/completions', SSE, bytes), /spread over/);
});

test('the same value has the same stand-in in whatever order calls come', () => {
  const other = new Writing(redactor, new Tagging(Buffer.from('key')));
  other.text('someone.else@corp.example');
  assert.equal(other.text('jane@corp.example'), writing.text('jane@corp.example'));
  const unlike = new Writing(redactor, new Tagging(Buffer.from('another key')));
  assert.notEqual(unlike.text('jane@corp.example'), writing.text('jane@corp.example'));
});

test('bodies of every kind come back as they were', () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('{"a":[1,"ü"]}'),
    Buffer.from('text'),
    Buffer.from([0xff, 0xfe, 0]),
  ])
    assert.deepEqual(bytesOf(JSON.parse(JSON.stringify(bodyOf(bytes)))), bytes);
});

test('of headers only those are kept that say nothing of who asked', () => {
  const headers = {
    'content-type': 'a/b',
    'set-cookie': ['x=1'],
    'openai-organization': 'o',
    'retry-after': '1',
  };
  assert.deepEqual(keptHeaders(headers), { 'content-type': 'a/b', 'retry-after': '1' });
});

test('what is no recording is told by line; a newer version by name', () => {
  const head = JSON.stringify({
    format: 'tokenwatch recording',
    version: 1,
    recordedAt: '',
    command: [],
    key: 'ab',
  });
  assert.equal(parseRecording(`${head}\n`, 'f').calls.length, 0);
  assert.throws(() => parseRecording('', 'f'), /f is no recording/);
  assert.throws(() => parseRecording(`${head}\n\n{"a":1}\n`, 'f'), /Line 3 of f/);
  assert.throws(() => parseRecording(head.replace('"version":1', '"version":9'), 'f'), /version 9/);
  assert.throws(() => parseRecording(head.replace('"key":"ab"', '"key":7'), 'f'), /f is no recording/);
  const call = {
    number: 1,
    api: 'openai',
    method: 'POST',
    path: '/v1/responses',
    request: { json: {} },
    status: 200,
    headers: {},
    answer: { text: '' },
    isWhole: true,
    ms: 1,
  };
  const read = (fields: object): unknown =>
    parseRecording(`${head}\n${JSON.stringify({ ...call, ...fields })}`, 'f');
  read({});
  for (const fields of [
    { number: '1' },
    { api: 'telnet' },
    { request: null },
    { request: {} },
    { answer: { base64: 7 } },
    { headers: { 'content-type': 7 } },
    { status: 99 },
  ])
    assert.throws(() => read(fields), { code: 'invalid_argument' }, JSON.stringify(fields));
});
