// `node bench/stalls.ts`: how long one request's content keeps the proxy's event loop from everybody else, for shapes of
// requests and answers that are dear to read. Prints a Markdown table: the longest stall of each, with everything on
// that reads bodies (budgets, a rule, the cache, the archive).

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Subject, startTokenWatch } from './subjects.ts';

interface Shape {
  readonly name: string;
  readonly request?: () => Buffer;
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly answer?: () => readonly Buffer[];
  readonly answerType?: string;
  /** Asked again, so that the cache answers where it is on. */
  readonly isRepeated?: boolean;
}

const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const chat = (more: Readonly<Record<string, unknown>> = {}): Buffer =>
  text({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }], ...more });
const keys = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_none, index) => [`key${index}`, index]));
const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const delta = (content: string) => ({ model: 'gpt-4o', choices: [{ index: 0, delta: { content } }] });
const END = `${event({ model: 'gpt-4o', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}data: [DONE]\n\n`;
const usage = { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 };
const stream = (body: string): readonly Buffer[] => [Buffer.from(body + END)];
const WORDS = 'lorem ipsum dolor sit amet '.repeat(40);

const SHAPES: readonly Shape[] = [
  { name: 'an ordinary chat' },
  { name: 'request: 200,000 members', request: () => chat({ metadata: keys(200_000) }) },
  { name: 'request: 40,000 members', request: () => chat({ metadata: keys(40_000) }) },
  {
    name: 'request: 20,000 messages',
    request: () =>
      chat({ messages: Array.from({ length: 20_000 }, () => ({ role: 'user', content: 'hello there' })) }),
  },
  {
    name: 'request: 2,000 messages of 1 KB',
    request: () => chat({ messages: Array.from({ length: 2000 }, () => ({ role: 'user', content: WORDS })) }),
  },
  {
    name: 'request: one text of 8 MB',
    request: () => chat({ messages: [{ role: 'user', content: 'a b '.repeat(2e6) }] }),
  },
  {
    name: 'request: lists 20,000 deep',
    request: () => Buffer.from(`{"model":"gpt-4o","a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
  },
  {
    name: 'request: 3,000 tools',
    request: () =>
      chat({
        tools: Array.from({ length: 3000 }, (_none, index) => ({
          type: 'function',
          function: {
            name: `tool${index}`,
            description: WORDS.slice(0, 300),
            parameters: { type: 'object', properties: { a: { type: 'string' } } },
          },
        })),
      }),
  },
  {
    name: 'request: 1 MB with comments',
    request: () => Buffer.from(`{"model":"gpt-4o",\n${'// no\n'.repeat(170_000)}"messages":[]}`),
  },
  {
    name: 'request: 200,000 members, gzip',
    request: () => gzipSync(chat({ metadata: keys(200_000) })),
    requestHeaders: { 'content-encoding': 'gzip' },
  },
  {
    name: 'request: a list of 1,000,000 numbers',
    request: () => chat({ stop: Array.from({ length: 1_000_000 }, (_none, index) => index % 10) }),
  },
  {
    name: 'request: 8 MB of escapes',
    request: () =>
      Buffer.from(
        `{"model":"gpt-4o","messages":[{"role":"user","content":"${'\\u0061'.repeat(1_300_000)}"}]}`,
      ),
  },
  { name: 'answer: 200,000 members', answer: () => [text({ model: 'gpt-4o', ...keys(200_000), usage })] },
  {
    name: 'answer: one text of 8 MB',
    answer: () => [
      text({
        model: 'gpt-4o',
        choices: [
          { index: 0, message: { role: 'assistant', content: 'a b '.repeat(2e6) }, finish_reason: 'stop' },
        ],
        usage,
      }),
    ],
  },
  {
    name: 'answer: a list of 1,000,000 numbers',
    answer: () => [
      text({ model: 'gpt-4o', data: Array.from({ length: 1_000_000 }, (_none, index) => index % 10), usage }),
    ],
  },
  {
    name: 'stream: one event of 500,000 data lines',
    answerType: 'text/event-stream',
    answer: () => stream(`${'data: 1\n'.repeat(500_000)}\n`),
  },
  {
    name: 'stream: 90,000 tiny events at once',
    answerType: 'text/event-stream',
    answer: () => stream(event(delta('a')).repeat(90_000)),
  },
  {
    name: 'stream: 4 MB of comment lines',
    answerType: 'text/event-stream',
    answer: () => stream(': ping\n'.repeat(600_000)),
  },
  {
    name: 'stream: 4 MB of blank lines',
    answerType: 'text/event-stream',
    answer: () => stream('\n'.repeat(4_000_000)),
  },
  {
    name: 'stream: an event of 200,000 members',
    answerType: 'text/event-stream',
    answer: () => stream(event(keys(200_000))),
  },
  {
    name: 'stream: one event of 8 MB',
    answerType: 'text/event-stream',
    answer: () => stream(event(delta('a b '.repeat(2e6)))),
  },
  {
    name: 'repeated stream: 90,000 tiny events',
    answerType: 'text/event-stream',
    answer: () => stream(event(delta('a')).repeat(90_000)),
    isRepeated: true,
  },
  {
    name: 'repeated stream: one event of 500,000 data lines',
    answerType: 'text/event-stream',
    answer: () => stream(`${'data: 1\n'.repeat(500_000)}\n`),
    isRepeated: true,
  },
];

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-stalls-'));
let answering: Shape = { name: '' };
const server = createServer((request: IncomingMessage, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': answering.answerType ?? 'application/json' });
    for (const part of answering.answer?.() ?? [text({ model: 'gpt-4o', choices: [], usage })])
      response.write(part);
    response.end();
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const upstream = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
const only = process.argv[2];

console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}\n`);
console.log('| | plain, ms | all on, ms |\n| --- | --- | --- |');
const subjects = [
  await startTokenWatch(upstream, join(folder, 'plain')),
  await startTokenWatch(upstream, join(folder, 'on'), {
    TOKENWATCH_CACHE_ENABLED: 'true',
    TOKENWATCH_STORE_PROMPTS: 'true',
  }),
];
try {
  for (const shape of SHAPES) {
    if (only !== undefined && !only.split(',').some((part) => shape.name.includes(part))) continue;
    answering = shape;
    const stalls: string[] = [];
    for (const subject of subjects) stalls.push(`${Math.round(await stallOf(subject, shape))}`);
    console.log(`| ${shape.name} | ${stalls.join(' | ')} |`);
  }
} finally {
  for (const subject of subjects) await subject.stop();
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
}

/** The median of three tries' longest stalls. */
async function stallOf(subject: Subject, shape: Shape): Promise<number> {
  const longest: number[] = [];
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await subject.longestStallMs();
    const response = await fetch(subject.url, {
      method: 'POST',
      headers: { ...subject.headers, ...shape.requestHeaders },
      body:
        shape.request?.() ??
        chat({
          stream: shape.answerType !== undefined,
          seed: shape.isRepeated ? 0 : attempt,
          user: shape.name,
        }),
    });
    await response.arrayBuffer();
    await sleep(500);
    longest.push(await subject.longestStallMs());
  }
  return longest.toSorted((a, b) => a - b)[1] ?? Number.NaN;
}
