// The published package: packed, installed into an empty folder, and run there.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

/** So large that a thread reads it. */
const ANSWER = JSON.stringify({
  ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-haiku-4-5', stop_reason: 'end_turn' },
  content: [{ type: 'text', text: 'ö'.repeat(3_000_000) }],
  usage: { input_tokens: 5, output_tokens: 7 },
});

test('the tarball installs and runs elsewhere', { timeout: 240_000 }, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-package-'));
  const provider = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(ANSWER);
  });
  await once(provider.listen(0, '127.0.0.1'), 'listening');
  context.after(() => {
    provider.close();
    rmSync(folder, { recursive: true, force: true });
  });
  // As a release makes it.
  // The tests ask no registry.
  const release = ['scripts/release.ts', '--out', folder, '--allow-dirty', '--unaudited'];
  execFileSync(process.execPath, release, { stdio: 'pipe' });
  assertReleased(folder);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`], {
    cwd: folder,
    stdio: 'pipe',
  });
  assertPrograms(folder);
  const command = join(folder, 'node_modules', '.bin', 'tokenwatch');
  const environment = {
    ...process.env,
    TOKENWATCH_DATA_DIR: join(folder, 'data'),
    TOKENWATCH_PROXY_PORT: '0',
    TOKENWATCH_DASHBOARD_PORT: '0',
    TOKENWATCH_ANTHROPIC_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
  };
  assert.match(execFileSync(command, ['--version'], { cwd: folder, encoding: 'utf8' }), /^\d+\.\d+\.\d+$/m);

  const server = spawn(command, ['start'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  let url = '';
  let dashboard = '';
  for await (const line of createInterface({ input: server.stdout })) {
    url = /ANTHROPIC_BASE_URL=(\S+)/.exec(line)?.[1] ?? url;
    dashboard = /^Dashboard\s+(\S+)/.exec(line)?.[1] ?? '';
    if (dashboard !== '') break;
  }
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-haiku-4-5',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'Hi' }],
    }),
  });
  assert.equal(response.status, 200);
  await response.arrayBuffer();
  const page = await (await fetch(dashboard)).text();
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? '';
  assert.equal((await fetch(dashboard + script)).status, 200, page);
  server.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);

  const stats = execFileSync(command, ['stats', '--json'], {
    cwd: folder,
    env: environment,
    encoding: 'utf8',
  });
  const { summary } = JSON.parse(stats) as { summary: Record<string, number> };
  assert.deepEqual([summary.requests, summary.inputTokens, summary.outputTokens], [1, 5, 7]);
  assert.ok(Number(summary.costNanoUsd) > 0);
});

/** What is started by its file is there, and what that leads to. */
function assertPrograms(folder: string): void {
  const dist = join(folder, 'node_modules', 'tokenwatch', 'dist');
  const programs = globSync(['cli/main.ts', '**/{*-worker,thread-entry,suite-process}.ts'], {
    cwd: 'src',
    exclude: ['**/fixtures/**'],
  });
  assert.ok(programs.length > 10);
  for (const source of programs) {
    const file = join(dist, source.replace(/\.ts$/, '.js'));
    const [, joined = ''] = /^await import\('(.+)'\);$/m.exec(readFileSync(file, 'utf8')) ?? [];
    assert.ok(existsSync(join(dirname(file), joined)) && joined !== '', source);
  }
}

/** The bill of materials, what it was made from, and sums that are right. */
function assertReleased(folder: string): void {
  const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const sums = textOf('SHA256SUMS').trimEnd().split('\n');
  assert.equal(sums.length, 3);
  for (const line of sums) {
    const [sum = '', name = ''] = line.split('  ');
    assert.equal(
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
      sum,
      name,
    );
  }
  const find = (end: string): string => readdirSync(folder).find((name) => name.endsWith(end)) ?? '';
  const sbom = JSON.parse(textOf(find('.sbom.cdx.json')));
  const names = new Set((sbom.components as { name: string }[]).map(({ name }) => name));
  assert.equal(sbom.bomFormat, 'CycloneDX');
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const name of Object.keys(dependencies))
    assert.ok(names.has(name.split('/').at(-1) ?? '') || names.has(name), name);
  assert.ok(
    !names.has('typescript') && 'typescript' in devDependencies,
    'what only tests need is in no release',
  );
  const { subject, predicate } = JSON.parse(textOf(find('.provenance.json')));
  const tarball = readFileSync(join(folder, find('.tgz')));
  assert.equal(subject[0].digest.sha512, createHash('sha512').update(tarball).digest('hex'));
  assert.equal(predicate.buildDefinition.externalParameters.isAudited, false);
  assert.match(predicate.buildDefinition.resolvedDependencies[0].digest.gitCommit, /^[0-9a-f]{40}$/);
}
