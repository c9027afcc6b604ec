// `tokenwatch start --log-format json`: one document a line, and traffic that does not wait for its reader.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { type SimulatedProvider, startSimulatedProvider } from '../../src/simulator/provider.ts';

type Line = Readonly<Record<string, unknown>>;

let provider: SimulatedProvider;
const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-log-'));
before(async () => {
  provider = await startSimulatedProvider();
});
after(async () => {
  for (const child of children) if (child.kill('SIGKILL')) await once(child, 'exit');
  await provider.close();
  rmSync(folder, { recursive: true, force: true });
});

const children: ChildProcess[] = [];

function start(name: string): ChildProcess & { readonly stdout: NodeJS.ReadableStream } {
  const args = ['bin/tokenwatch.js', 'start', '--port', '0', '--dashboard-port', '0', '--log-format', 'json'];
  const child = spawn(process.execPath, args, {
    env: {
      ...process.env,
      TOKENWATCH_ANTHROPIC_URL: provider.url,
      TOKENWATCH_DATA_DIR: join(folder, name),
      TOKENWATCH_LOG_HEADERS: 'x-request-id,constructor',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child as ChildProcess & { readonly stdout: NodeJS.ReadableStream };
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function send(proxyUrl: string, path = '/anthropic/v1/messages'): Promise<Response> {
  const response = await fetch(proxyUrl + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': 'not-a-real-key',
      'x-request-id': 'req \u00e9',
    },
    body: JSON.stringify({
      model: 'claude-haiku-4-5',
      max_tokens: 8,
      messages: [{ role: 'user', content: 'Hello' }],
    }),
  });
  await response.arrayBuffer();
  return response;
}

test('stdout is a JSON document a line: the start, each request with the id of its answer, and the end', async () => {
  const child = start('lines');
  const lines: Line[] = [];
  const reader = createInterface({ input: child.stdout });
  const seen = (event: string): Promise<Line> =>
    new Promise((resolve) => {
      const look = (): void => {
        const line = lines.find((one) => one.event === event);
        if (line !== undefined) resolve(line);
      };
      reader.on('line', look);
      look();
    });
  reader.on('line', (line) => lines.push(JSON.parse(line) as Line));
  const { proxyUrl } = await seen('started');
  const answered = await send(String(proxyUrl));
  const request = await seen('request');
  assert.equal(request.id, answered.headers.get('x-tokenwatch-request-id'));
  assert.equal(request.outcome, 'completed');
  assert.equal(request.level, 'info');
  assert.equal(request.endpoint, 'messages');
  assert.ok(Number(request.costUsd) > 0);
  assert.deepEqual(request.headers, { 'x-request-id': 'req \u00e9' });
  assert.doesNotMatch(JSON.stringify(lines), /not-a-real-key/);
  await stop(child);
  assert.equal(lines.at(-1)?.event, 'stopping');
});

test('a reader of the log that reads nothing holds up no request', async () => {
  const child = start('stuck');
  const text = await new Promise<string>((resolve) => {
    child.stdout.once('data', (bytes: Buffer) => {
      // From here on nobody reads: the pipe fills after some hundred lines.
      child.stdout.pause();
      resolve(bytes.toString());
    });
  });
  const { proxyUrl } = JSON.parse(text.split('\n')[0] ?? '') as Line;
  for (let round = 0; round < 12; round += 1)
    await Promise.all(
      Array.from({ length: 20 }, async () => assert.equal((await send(String(proxyUrl))).status, 200)),
    );
  await stop(child);
});
