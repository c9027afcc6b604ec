// What an upstream can do to a proxy. It notes what it would bill, and what its reader should get.

import { hash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Call, eventsOf, INPUT_TOKENS, wholeBody } from './answers.ts';
import type { Seen } from './evidence.ts';

/** Nano-dollars a token of models that the price list knows. */
const RATES: Readonly<Record<string, readonly [input: number, output: number]>> = {
  'claude-haiku-4-5': [1000, 5000],
  'gpt-4o-mini': [150, 600],
  'gpt-4.1-nano': [100, 400],
};
const TRICKLE_MS = 15;
const BOMB_BYTES = 8 * 1024 * 1024;
const LONG_HEAD = 'y'.repeat(200_000);

type Behaviour = (call: Call, response: ServerResponse, seen: Seen) => Promise<void> | void;

/** `well`, `gzip` and `trickle` are no faults. */
export const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  well: answerWell,
  gzip: (call, response, seen) => {
    const body = gzipSync(wholeBody(call));
    bill(call, seen, call.words, body);
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body);
  },
  trickle: (call, response, seen) => streamSlowly(call, response, seen, call.words),
  refuse: (_call, response, seen) => fail(response, seen, 429, { 'retry-after': '1' }),
  overload: (_call, response, seen) => fail(response, seen, 529, {}),
  fail: (_call, response, seen) => fail(response, seen, 500, { 'retry-after': '0' }),
  redirect: (_call, response, seen) => fail(response, seen, 307, { location: 'http://127.0.0.1:1/' }),
  silence: () => {},
  reset: (_call, response) => void response.socket?.resetAndDestroy(),
  hangup: (_call, response) => void response.socket?.destroy(),
  nonsense: (_call, response) => raw(response, 'no HTTP at all\r\n\r\n\0\x01\x02'),
  oddStatus: (_call, response) => raw(response, 'HTTP/1.1 099 Odd\r\ncontent-length: 2\r\n\r\n{}'),
  twoLengths: (_call, response) =>
    raw(response, 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}}'),
  splitHead: (_call, response) => raw(response, 'HTTP/1.1 200 OK\r\nx: a\rb\n\r\n\r\n'),
  endlessHead: (_call, response) => raw(response, `HTTP/1.1 200 OK\r\nx: ${LONG_HEAD}\r\n\r\n`),
  shortBody: (_call, response) => raw(response, 'HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{"id":'),
  badChunk: (_call, response) =>
    raw(response, 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n'),
  noJson: fixed({ 'content-type': 'application/json' }, '<html>'),
  blankLines: fixed({ 'content-type': 'text/event-stream' }, '\n'.repeat(300_000)),
  bomb: fixed(
    { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    gzipSync(Buffer.alloc(BOMB_BYTES, ' ')),
  ),
  absurd: fixed(
    { 'content-type': 'application/json' },
    '{"usage":{"input_tokens":1e308,"output_tokens":-5,"prompt_tokens":"x"},"model":{"a":[]}}',
  ),
  halfStream: async (call, response, seen) => {
    await streamSlowly(call, response, seen, call.words >> 1);
    response.socket?.destroy();
  },
  unfinishedStream: async (call, response, seen) => {
    await streamSlowly(call, response, seen, call.words >> 1);
    response.end();
  },
  silentStream: (call, response, seen) => streamSlowly(call, response, seen, call.words >> 1),
};

export function digest(body: string | Uint8Array): string {
  return hash('sha1', body, 'base64').slice(0, 12);
}

export function bill(
  { model }: Call,
  seen: Seen,
  outputTokens: number,
  body: string | Uint8Array | null,
): void {
  const [input, output] = RATES[model] ?? [0, 0];
  seen.costNanoUsd = INPUT_TOKENS * input + outputTokens * output;
  if (body !== null) seen.answerDigest = digest(body);
}

function answerWell(call: Call, response: ServerResponse, seen: Seen): void {
  const body = call.isStream ? eventsOf(call).join('') : wholeBody(call);
  bill(call, seen, call.words, body);
  const type = call.isStream ? 'text/event-stream' : 'application/json';
  response.writeHead(200, { 'content-type': type }).end(body);
}

/** Made once: a million requests see it thousands of times. */
function fixed(headers: Readonly<Record<string, string>>, body: string | Uint8Array): Behaviour {
  const answerDigest = digest(body);
  return (_call, response, seen) => {
    seen.answerDigest = answerDigest;
    response.writeHead(200, headers).end(body);
  };
}

function fail(
  response: ServerResponse,
  seen: Seen,
  status: number,
  headers: Readonly<Record<string, string>>,
): void {
  const body = '{"type":"error","error":{"type":"api_error","message":"as asked"}}';
  seen.answerDigest = digest(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

function raw(response: ServerResponse, text: string): void {
  response.socket?.end(text, 'latin1');
}

/** It bills what it has written, also where its reader has left. */
async function streamSlowly(
  call: Call,
  response: ServerResponse,
  seen: Seen,
  wordsMax: number,
): Promise<void> {
  const events = eventsOf(call);
  const isWhole = wordsMax >= call.words;
  const ends = isWhole ? events.length : 1 + wordsMax;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [index, event] of events.slice(0, ends).entries()) {
    if (response.destroyed) return;
    bill(call, seen, Math.min(call.words, index), index === events.length - 1 ? events.join('') : null);
    response.write(event);
    await sleep(TRICKLE_MS);
  }
  if (isWhole) response.end();
}
