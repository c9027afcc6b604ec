// A release is refused for what the registry knows of the packages that a user installs, and where it cannot be asked.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';

interface Registry {
  readonly url: string;
  /** The packages that it was asked about, with their versions. */
  readonly asked: Readonly<Record<string, readonly string[]>>[];
}

/** Answers an audit so; any package that is asked for is there in one version. */
async function startRegistry(context: TestContext, status: number, advisories: object): Promise<Registry> {
  const asked: Registry['asked'] = [];
  const bodyOf = async (request: IncomingMessage): Promise<Buffer> => Buffer.concat(await request.toArray());
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    response.setHeader('content-type', 'application/json');
    if (request.method !== 'POST') {
      const name = decodeURIComponent((request.url ?? '').slice(1));
      const versions = { '1.0.0': { name, version: '1.0.0' } };
      response.end(JSON.stringify({ name, versions, 'dist-tags': { latest: '1.0.0' } }));
      return;
    }
    const isPacked = request.headers['content-encoding'] === 'gzip';
    asked.push(JSON.parse((isPacked ? gunzipSync(body) : body).toString()));
    response.writeHead(status).end(JSON.stringify(advisories));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

/** How the release ended, and what it made. */
async function release(context: TestContext, registry: string, out = '') {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-release-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const env = { ...process.env, npm_config_registry: registry, npm_config_fetch_retries: '0' };
  const words = ['scripts/release.ts', '--out', out || folder, '--allow-dirty'];
  return new Promise<{ code: unknown; stderr: string; made: string[] }>((resolve) => {
    execFile(process.execPath, words, { env }, (error, _stdout, stderr) =>
      resolve({ code: error?.code, stderr, made: readdirSync(folder) }),
    );
  });
}

const ADVISORY = {
  id: 1,
  url: 'https://advisories.example/1',
  title: 'Reads what is not its own',
  severity: 'high',
  vulnerable_versions: '*',
  cwe: [],
  cvss: { score: 0, vectorString: null },
};

test('a release with a known weakness is not made', async (context) => {
  const registry = await startRegistry(context, 200, { ws: [ADVISORY] });
  const { code, stderr, made } = await release(context, registry.url);
  assert.deepEqual([code, made], [1, []]);
  assert.match(stderr, /^release: weaknesses are known of ws \(high\)\./m);
  const [packages = {}] = registry.asked;
  for (const name of ['undici', 'ws', 'zod', 'pg', 'openid-client']) assert.ok(name in packages, name);
  assert.ok(!('typescript' in packages), 'what is for development reaches no user');
});

test('a release of which nothing is known goes on', async (context) => {
  const registry = await startRegistry(context, 200, {});
  // Nothing can be made there: packing all would take long.
  const { stderr } = await release(context, registry.url, '/dev/null/release');
  assert.match(stderr, /ENOTDIR.*mkdir/);
  assert.equal(registry.asked.length, 1);
});

test('a release whose packages nobody can be asked about is not made either, and says what to do', async (context) => {
  const refusing = await startRegistry(context, 405, {});
  const closed = await startRegistry(context, 500, {});
  for (const [url, said] of [
    [refusing.url, /npm said: .*405/s],
    [closed.url, /npm said: .*500/s],
    ['http://127.0.0.1:1/', /npm said: .*ECONNREFUSED/s],
  ] as const) {
    const { code, stderr, made } = await release(context, url);
    assert.deepEqual([code, made], [1, []]);
    assert.match(stderr, /^release: the registry cannot be asked .* or say --unaudited/m);
    assert.match(stderr, said);
  }
});
