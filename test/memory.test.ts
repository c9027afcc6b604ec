// Bodies of any size pass through in flat memory, whoever is the slower one.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type SimulatedProvider, startSimulatedProvider } from '../src/simulator/provider.ts';
import { type ServerProcess, startServerProcess } from './start-server-process.ts';

const MEBIBYTE = 1024 * 1024;
const GROWTH_MAX = 128 * MEBIBYTE;
/** As fast as it goes, more pieces are garbage that is not collected yet: up to 129 MiB were seen, of a gibibyte. */
const FAST_GROWTH_MAX = 192 * MEBIBYTE;
const SAMPLE_MS = 20;
const BODY_BYTES_MAX = 200 * MEBIBYTE;
/** Read for a batch's results: the one kind of download that is metered line by line. */
const FILE = '/openai/v1/files/file-1/content';
const JSON_TYPE = { 'content-type': 'application/json' };

let provider: SimulatedProvider;
let server: ServerProcess;
const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-memory-'));

before(async () => {
  provider = await startSimulatedProvider();
  server = await startServerProcess({
    TOKENWATCH_DATA_DIR: folder,
    TOKENWATCH_ANTHROPIC_URL: provider.url,
    TOKENWATCH_OPENAI_URL: provider.url,
    TOKENWATCH_MAX_BODY_BYTES: String(BODY_BYTES_MAX),
  });
  server.child.once('exit', (code, signal) => {
    if (!server.child.killed) throw new Error(`the server ended (${signal ?? code}): ${server.stderr()}`);
  });
  // Code, connections and the heap are warm before anything is measured: from here on only size can make it grow.
  await download(FILE, 512 * MEBIBYTE, 'application/octet-stream');
});
after(async () => {
  // A server that did not start must not keep the tests from ending.
  await server?.stop();
  await provider.close();
  rmSync(folder, { recursive: true, force: true });
});

const skip = existsSync('/proc/self/status') ? false : 'resident memory is read from /proc';

test('a response of 1 GB passes in flat memory', { skip }, async () => {
  const growth = await growthDuring(async () => {
    const bytes = await download(FILE, 1024 * MEBIBYTE, 'application/octet-stream');
    assert.equal(bytes, 1024 * MEBIBYTE);
  });
  assertFlat(growth, FAST_GROWTH_MAX);
});

test('an event stream without a single event passes in flat memory, metered or filtered', {
  skip,
}, async () => {
  for (const [path, body] of [
    ['/openai/v1/chat/completions', { model: 'gpt-4o', stream: true, messages: [] }],
    ['/anthropic/v1/messages', { model: 'claude-haiku-4-5', stream: true, max_tokens: 1, messages: [] }],
  ] as const) {
    const growth = await growthDuring(async () => {
      assert.equal(
        await download(path, 256 * MEBIBYTE, 'text/event-stream', JSON.stringify(body)),
        256 * MEBIBYTE,
      );
    });
    assertFlat(growth);
  }
});

test('a slow reader holds the upstream back, not the bytes in the proxy', { skip }, async () => {
  const growth = await growthDuring(async () => {
    const response = await open(FILE, { 'x-simulate': `big=${1024 * MEBIBYTE}` }, null);
    let bytes = 0;
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length;
      await delay(5);
      if (bytes > 16 * MEBIBYTE) break;
    }
    response.destroy();
  });
  assertFlat(growth);
});

test('an upload that is no JSON streams through in flat memory', { skip }, async () => {
  const size = 160 * MEBIBYTE;
  const growth = await growthDuring(async () => {
    const { status, body } = await upload('/openai/v1/files', size);
    assert.equal(status, 200, body);
    assert.equal((JSON.parse(body) as { bytes: number }).bytes, size);
  });
  assertFlat(growth);
});

test('an upload over the limit is refused in the shape of the protocol, declared or not', async () => {
  const size = BODY_BYTES_MAX + 4 * MEBIBYTE;
  for (const path of ['/openai/v1/files', '/anthropic/v1/files']) {
    for (const isDeclared of [true, false]) {
      const answer = await writeAllThenRead(path, size, isDeclared);
      assert.match(answer, /^HTTP\/1.1 413 /);
      assert.match(answer, /\r\nx-tokenwatch-error: body_too_large\r\n/);
      const document = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as {
        type?: string;
        error: { message: string };
      };
      assert.match(document.error.message, /TOKENWATCH_MAX_BODY_BYTES/);
      assert.equal(document.type, path.startsWith('/anthropic') ? 'error' : undefined);
    }
  }
});

function assertFlat(growth: number, most = GROWTH_MAX): void {
  assert.ok(growth < most, `memory grew by ${Math.round(growth / MEBIBYTE)} MiB`);
}

/** The most that the server's memory rose over where it began. */
async function growthDuring(work: () => Promise<void>): Promise<number> {
  const first = server.residentBytes();
  let highest = first;
  const sampler = setInterval(() => {
    highest = Math.max(highest, server.residentBytes());
  }, SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(sampler);
  }
  return highest - first;
}

async function download(
  path: string,
  size: number,
  type: string,
  body: string | null = null,
): Promise<number> {
  const headers = { ...JSON_TYPE, 'x-simulate': `big=${size};type=${type}` };
  const response = await open(path, headers, body);
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(response, 'end');
  return bytes;
}

/** A body is posted; without one, it is a GET. */
async function open(
  path: string,
  headers: OutgoingHttpHeaders,
  body: string | null,
): Promise<IncomingMessage> {
  const method = body === null ? 'GET' : 'POST';
  const request = httpRequest(server.proxyUrl + path, { method, headers, agent: false });
  request.end(body ?? undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function upload(path: string, size: number) {
  const headers = { 'content-type': 'multipart/form-data; boundary=x', 'content-length': String(size) };
  const request = httpRequest(server.proxyUrl + path, { method: 'POST', headers, agent: false });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  const piece = Buffer.alloc(MEBIBYTE, 'x');
  for (let left = size; left > 0; left -= piece.length) {
    if (!request.write(piece)) await once(request, 'drain');
  }
  request.end();
  const [response] = await answered;
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, body: Buffer.concat(chunks).toString() };
}

/** As simple clients do. They never see an answer that a reset connection has swallowed. */
async function writeAllThenRead(path: string, size: number, isDeclared: boolean): Promise<string> {
  const { hostname, port } = new URL(server.proxyUrl);
  const socket = connect(Number(port), hostname);
  const length = isDeclared ? `Content-Length: ${size}` : 'Transfer-Encoding: chunked';
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n${length}\r\n\r\n`,
  );
  const piece = Buffer.alloc(MEBIBYTE, 'x');
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), piece, Buffer.from('\r\n')]);
  for (let left = size; left > 0; left -= piece.length) {
    if (!socket.write(isDeclared ? piece : chunk)) await once(socket, 'drain');
  }
  if (!isDeclared) socket.write('0\r\n\r\n');
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
