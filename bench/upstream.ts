// The benchmark's upstream: answers a chat at once, or after the milliseconds of its first argument, whole or event
// by event. Prints its address.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const delayMs = Number(process.argv[2] ?? 0);
const EVENTS = 40;
const USAGE = { prompt_tokens: 200, completion_tokens: 180, total_tokens: 380 };
const MODEL = 'gpt-4o-2024-08-06';

const whole = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: MODEL,
    choices: [
      { index: 0, message: { role: 'assistant', content: 'word '.repeat(180) }, finish_reason: 'stop' },
    ],
    usage: USAGE,
  }),
);

function event(choices: readonly unknown[], usage: unknown = null): Buffer {
  const chunk = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: MODEL,
    choices,
    usage,
  };
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
}

const events = [
  ...Array.from({ length: EVENTS }, () => event([{ index: 0, delta: { content: 'word word word' } }])),
  event([{ index: 0, delta: {}, finish_reason: 'stop' }]),
];
const usageEvent = event([], USAGE);
const done = Buffer.from('data: [DONE]\n\n');

/** Far less than a model takes for a word, and enough for each event to travel as a packet of its own. */
const EVENT_GAP_MS = 0.1;

/**
 * What follows the words is sent with the last of them, as providers do. The loop goes round until the next event is
 * due: a timer is not fine enough, and a core that sleeps wakes late.
 */
function stream(response: ServerResponse, all: readonly Buffer[], index: number, startMs: number): void {
  if (performance.now() < startMs + Math.min(index, EVENTS) * EVENT_GAP_MS) {
    setImmediate(stream, response, all, index, startMs);
    return;
  }
  response.write(all[index]);
  if (index + 1 === all.length) response.end();
  else setImmediate(stream, response, all, index + 1, startMs);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    if (delayMs === 0) answer(response, body);
    else setTimeout(answer, delayMs, response, body);
  });
});

function answer(response: ServerResponse, body: Buffer): void {
  if (body.includes('"stream":true')) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const asked = body.includes('"include_usage":true');
    stream(response, [...events, ...(asked ? [usageEvent] : []), done], 0, performance.now());
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
  response.end(whole);
}

server.listen(0, '127.0.0.1', () => {
  console.log(`URL=http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
