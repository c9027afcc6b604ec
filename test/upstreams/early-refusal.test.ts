// An upstream that refuses a body before it has read it, and hangs up: its answer is the client's. In a process of its
// own: within one, it could not hang up while the proxy writes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const REFUSAL = '{"error":{"message":"too large for me"}}';
const UPSTREAM = `
const server = require('node:http').createServer((request, response) => {
  response.writeHead(413, { 'content-type': 'application/json', connection: 'close' });
  response.end('${REFUSAL}');
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;
const upstream = spawn(process.execPath, ['-e', UPSTREAM], { stdio: ['ignore', 'pipe', 'inherit'] });
let app: TestApp;

before(async () => {
  const [port] = (await once(upstream.stdout, 'data')) as [Buffer];
  app = await startTestApp({
    settings: { TOKENWATCH_OPENAI_URL: `http://127.0.0.1:${String(port).trim()}` },
  });
});
after(async () => {
  await app?.close();
  upstream.kill();
});

for (const [what, path, type] of [
  ['a document', '/openai/v1/chat/completions', 'application/json'],
  ['an upload', '/openai/v1/files', 'multipart/form-data; boundary=x'],
] as const)
  test(`${what} that was refused unread gets the refusal, not a 502`, async () => {
    const text = 'a'.repeat(6_000_000);
    const body = type.startsWith('multipart')
      ? `--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${text}\r\n--x--\r\n`
      : JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: text }] });
    for (let round = 0; round < 4; round += 1) {
      const response = await fetch(`${app.proxyUrl}${path}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      assert.equal(response.status, 413);
      assert.equal(await response.text(), REFUSAL);
    }
  });
