// A server whose program is taken away, or replaced, while it runs: by `npm ci`, a build in a clone, or an update.

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFolderToken } from '../src/access/login/folder-token.ts';
import { startSimulatedProvider } from '../src/simulator/provider.ts';
import { atEnd, temporaryFolder } from './at-end.ts';
import { startTestProvider } from './dashboard/test-provider.ts';
import { startServerProcess } from './start-server-process.ts';

const isBuilt = existsSync('dist/cli/main.js') && existsSync('web/dist/index.html');
const DEADLINE_MS = 120_000;

/** The program as it is installed, but for its packages, which lie where they are. */
function install(folder: string): void {
  mkdirSync(folder);
  for (const part of ['bin', 'dist', 'web/dist', 'package.json'])
    cpSync(part, join(folder, part), { recursive: true, filter: (file) => !file.endsWith('dist/model') });
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
}

test('a server goes on while its program is taken away and replaced under it, and says so', {
  skip: !isBuilt && 'it is not built',
}, async (context) => {
  const root = temporaryFolder(context, 'updated');
  const [program, away, dataDir] = ['program', 'away', 'data'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  install(program);
  const [model, login] = [await startSimulatedProvider(), await startTestProvider('tokenwatch')];
  atEnd(context, () => Promise.all([model.close(), login.close()]));
  const server = await startServerProcess(
    {
      TOKENWATCH_DATA_DIR: dataDir,
      TOKENWATCH_ANTHROPIC_URL: model.url,
      TOKENWATCH_CACHE_EMBEDDER: 'off',
      TOKENWATCH_STORE_PROMPTS: 'true',
      TOKENWATCH_OIDC_ISSUER: login.issuer,
      TOKENWATCH_OIDC_CLIENT_ID: 'tokenwatch',
      TOKENWATCH_OIDC_REDIRECT_URL: 'http://localhost:1/oidc/callback',
      TOKENWATCH_OIDC_ROLES: 'admins=admin',
    },
    [process.execPath],
    root,
    join(program, 'bin/tokenwatch.js'),
  );
  atEnd(context, () => server.stop());
  const { proxyUrl, dashboardUrl } = server;
  const headers = { authorization: `Bearer ${readFolderToken(dataDir)}` };
  const ask = async (text: string): Promise<Response> =>
    fetch(`${proxyUrl}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'claude-haiku-4-5',
        max_tokens: 9,
        messages: [{ role: 'user', content: text }],
      }),
    });
  const tell = async (path: string): Promise<Response> =>
    fetch(dashboardUrl + path, { headers, redirect: 'manual' });
  assert.equal((await ask('the first')).status, 200);
  const until = async (is: () => Promise<boolean>, what: () => unknown): Promise<void> => {
    for (const end = performance.now() + DEADLINE_MS; !(await is()); await sleep(100))
      assert.ok(performance.now() < end, `${what()}\n${server.stderr()}`);
  };
  const stored = async (): Promise<readonly { readonly id: string }[]> =>
    ((await (await tell('/api/prompts')).json()) as { prompts: { id: string }[] }).prompts;
  await until(
    async () => (await stored()).length === 1,
    () => 'the prompt was not stored',
  );
  const [prompt] = await stored();
  // Nothing of this was asked before. What it needs is loaded some time after the start; while the program is there,
  // nobody asks.
  const late = async (): Promise<readonly number[]> => {
    renameSync(program, away);
    try {
      const paths = ['/api/openapi.json', '/api/', `/api/prompts/${prompt?.id}`, '/oidc/login'];
      const answers = await Promise.all(paths.map(tell));
      return answers.map(({ status }) => status);
    } finally {
      renameSync(away, program);
    }
  };
  let statuses: readonly number[] = [];
  await until(
    async () => {
      statuses = await late();
      return statuses.join() === '200,200,200,302';
    },
    () => `late parts answer with ${statuses}`,
  );
  assert.doesNotMatch(server.stderr(), /anew/);

  renameSync(program, away);
  assert.equal((await ask('while it is gone')).status, 200);
  install(program);
  assert.equal((await ask('when it is there again')).status, 200);
  await until(
    async () => /installed or built anew/.test(server.stderr()),
    () => 'it was not told of',
  );
  assert.equal((await tell('/api/status')).status, 200);
});
