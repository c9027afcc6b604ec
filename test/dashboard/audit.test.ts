// One log of changes: whatever is changed, by the page, the API or a command, with or without a server, is told in it
// with who, when, before and after, and no secret.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type AuditEntry, AuditLog } from '../../src/access/audit/audit-log.ts';
import { runCommand } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const ME = `${userInfo().username} (command line)`;
let app: TestApp;
before(async () => {
  app = await startTestApp({ settings: { TOKENWATCH_CACHE_ENABLED: 'true' } });
});
after(() => app.close());

type Told = Omit<AuditEntry, 'before' | 'after'> & {
  readonly before: Record<string, never> | null;
  readonly after: Record<string, never> | null;
};

/** What was told since the last time. */
function toldOf(dataDir: string): () => readonly Told[] {
  let seen = 0;
  return () => {
    const entries = new AuditLog(dataDir).recent(1000).toReversed().slice(seen) as unknown as readonly Told[];
    seen += entries.length;
    return entries;
  };
}

async function api(method: string, path: string, body?: object): Promise<void> {
  const answer = await fetch(app.dashboardUrl + path, {
    method,
    headers: app.adminHeaders,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  assert.equal(answer.status, 200, `${method} ${path}: ${await answer.text()}`);
}

test('each kind of change by the API has its before and after', async () => {
  const told = toldOf(app.dataDir);
  told();
  const tag = { name: 'hi', tag: 'a=b', condition: { type: 'regex', value: 'x' } };
  const route = { name: 'mini', target: 'gpt-4o-mini', conditions: [{ type: 'source_app', value: 'x' }] };
  const steps: readonly (readonly [string, string, object | undefined, (entry: Told) => unknown, unknown])[] =
    [
      ['POST', '/api/tags', tag, (t) => [t.before, t.after?.name], [null, 'hi']],
      ['DELETE', '/api/tags/hi', undefined, (t) => [t.before?.name, t.after], ['hi', null]],
      ['POST', '/api/routes', route, (t) => [t.before, t.after?.target], [null, 'gpt-4o-mini']],
      ['POST', '/api/routes/mini', { priority: 7 }, (t) => t.after?.priority, 7],
      [
        'POST',
        '/api/budgets',
        { limit: 5, period: 'daily' },
        (t) => [t.before, t.after?.limitUsd],
        [null, '5'],
      ],
      [
        'POST',
        '/api/budgets',
        { limit: 6, period: 'daily' },
        (t) => [t.before?.limitUsd, t.after?.limitUsd],
        ['5', '6'],
      ],
      [
        'POST',
        '/api/kills',
        { app: 'runaway' },
        (t) => [t.before, JSON.stringify(t.after).includes('runaway')],
        [null, true],
      ],
      [
        'DELETE',
        '/api/kills',
        undefined,
        (t) => [JSON.stringify(t.before).includes('runaway'), t.after],
        [true, null],
      ],
      [
        'POST',
        '/api/upstreams',
        { name: 'own', api: 'openai', url: 'http://127.0.0.1:9', keyEnv: 'X' },
        (t) => t.after?.name,
        'own',
      ],
      ['POST', '/api/keys', { name: 'ci', rpm: 5 }, (t) => [t.before, t.after?.rpm], [null, 5]],
      [
        'POST',
        '/api/keys/ci',
        { grace: '1h' },
        (t) => JSON.stringify(t.after?.keys).split('shown').length,
        3,
      ],
      [
        'DELETE',
        '/api/keys/ci',
        undefined,
        (t) => [t.before?.revoked, typeof t.after?.revoked],
        [null, 'string'],
      ],
      ['DELETE', '/api/cache-entries/all', undefined, (t) => t.after, { cleared: 0 }],
      [
        'POST',
        '/api/experiments',
        { name: 'ab', modelA: 'gpt-4o', modelB: 'gpt-4o-mini' },
        (t) => t.after?.name,
        'ab',
      ],
      ['DELETE', '/api/experiments/ab', undefined, (t) => t.before !== null, true],
      ['POST', '/api/cache-rules', { name: 'short', ttlMs: 60_000 }, (t) => t.after?.name, 'short'],
      ['POST', '/api/archive-rules', { name: 'all', store: true }, (t) => t.after?.name, 'all'],
    ];
  for (const [method, path, fields, seen, wanted] of steps) {
    await api(method, path, fields);
    const [entry, ...more] = told();
    assert.ok(entry !== undefined && more.length === 0, path);
    assert.deepEqual([entry.who, entry.role, entry.action.split(' ')[0]], ['token', 'admin', method]);
    assert.deepEqual(seen(entry), wanted, `${method} ${path}: ${JSON.stringify(entry)}`);
    assert.ok(Math.abs(Date.parse(entry.at) - Date.now()) < 60_000);
  }
  const log = readFileSync(join(app.dataDir, 'audit.jsonl'), 'utf8');
  assert.doesNotMatch(log, /tw_[0-9A-Za-z]{40}/);
  assert.equal(new AuditLog(app.dataDir).verify().fault, null);
});

test('commands say who typed them, with a server and without, and tell of what they change themselves', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-audit-'));
  try {
    for (const dataDir of [app.dataDir, folder]) {
      const told = toldOf(dataDir);
      told();
      const run = async (name: string, ...words: string[]): Promise<Told> => {
        const { stderr } = await runCommand(name, words, { TOKENWATCH_DATA_DIR: dataDir });
        assert.equal(stderr, '', name);
        const [entry, ...more] = told();
        assert.ok(entry !== undefined && more.length === 0, `${name} is told once: ${JSON.stringify(more)}`);
        assert.deepEqual([entry.who, entry.role], [ME, 'admin'], name);
        return entry;
      };
      const set = await run('budget set', '--name', 'mine', '--limit', '5');
      assert.deepEqual([set.before, set.after?.limitUsd], [null, '5']);
      const raised = await run('budget raise', 'mine', '--by', '1', '--for', '1h');
      assert.deepEqual(
        [raised.action, JSON.stringify(raised.after?.raises).split('byUsd').length],
        ['POST /budget/raise', 2],
      );
      assert.equal((await run('budget remove', 'mine')).after, null);
      const first = await run('prices set', 'house', '--input', '1', '--output', '2');
      assert.deepEqual(
        [first.action, first.before, first.after],
        ['prices set house', null, { input: 1, output: 2 }],
      );
      assert.deepEqual((await run('prices set', 'house', '--input', '3')).before, { input: 1, output: 2 });
      const removed = await run('prices remove', 'house');
      assert.deepEqual([removed.before, removed.after], [{ input: 3, output: 2 }, null]);
      await run('key create', 'cli');
      assert.equal(typeof (await run('key revoke', 'cli')).after?.revoked, 'string');
      const reset = await run('reset', '--yes');
      assert.deepEqual([reset.action, reset.after], ['reset', { deleted: 0 }]);
    }
    const list = await runCommand('audit list', ['--json'], { TOKENWATCH_DATA_DIR: folder });
    assert.match(list.stdout, /"action": "prices set house"/);
    // Where it cannot be told, nothing is done.
    rmSync(join(folder, 'audit.jsonl'));
    mkdirSync(join(folder, 'audit.jsonl'));
    const refused = await runCommand('prices set', ['house', '--input', '9'], {
      TOKENWATCH_DATA_DIR: folder,
    });
    assert.match(refused.stderr, /The change was not made\. The audit log/);
    assert.doesNotMatch(readFileSync(join(folder, 'prices.json'), 'utf8'), /house/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what stops spending is in force where the log cannot be written, and is told when it can', async () => {
  const warnings: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-audit-'));
  const at = { settings: { TOKENWATCH_DATA_DIR: folder }, warn: (line: string) => warnings.push(line) };
  const own = await startTestApp(at);
  try {
    const run = (name: string, ...words: string[]) =>
      runCommand(name, words, { TOKENWATCH_DATA_DIR: folder });
    const send = async (app: string, key: string): Promise<string | null> => {
      const answer = await fetch(`${own.proxyUrl}/openai/v1/chat/completions`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-tokenwatch-app': app,
          authorization: `Bearer ${key}`,
        },
        body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] }),
      });
      await answer.arrayBuffer();
      return answer.headers.get('x-tokenwatch-error');
    };
    const { key } = JSON.parse((await run('key create', 'ci', '--json')).stdout);
    const path = join(folder, 'audit.jsonl');
    renameSync(path, `${path}.aside`);
    mkdirSync(path);
    const killed = await run('budget kill', '--app', 'runaway');
    assert.match(killed.stdout, /^Stopped: app runaway\..*\nWarning: The audit log in .* cannot be written/);
    assert.equal(await send('runaway', 'sk-x'), 'budget_killed');
    const revoked = await run('key revoke', 'ci', '--json');
    assert.match(JSON.parse(revoked.stdout).warning, /It tells of this as soon as it can be written/);
    assert.equal(await send('other', key), 'key_invalid');
    for (const [name, ...words] of [['budget resume'], ['budget set', '--limit', '9']] as const)
      assert.match((await run(name, ...words)).stderr, /^The change was not made\. The audit log/, name);
    assert.equal(await send('runaway', 'sk-x'), 'budget_killed');
    const ready = await (await fetch(`${own.dashboardUrl}/ready`)).json();
    assert.match(JSON.stringify(ready), /"audit":.*2 changes wait for it since .*it is no file/);
    const { checked } = JSON.parse((await run('doctor', '--json')).stdout);
    const found = checked.flatMap(({ findings }: { findings: object[] }) => findings);
    assert.match(
      JSON.stringify(found.find(({ subject }: { subject: string }) => subject === 'its audit')),
      /"verdict":"warning","found":"2 changes wait for it since/,
    );
    assert.equal(warnings.filter((line) => line.startsWith('NOT IN THE AUDIT LOG YET')).length, 2);
    rmSync(path, { recursive: true });
    renameSync(`${path}.aside`, path);
    const deadline = performance.now() + 60_000;
    while (!warnings.some((line) => /written again, and tells of 2 changes/.test(line))) {
      assert.ok(performance.now() < deadline);
      await (await fetch(`${own.dashboardUrl}/health`)).arrayBuffer();
    }
    const log = new AuditLog(folder);
    assert.deepEqual(
      log.recent(2).map(({ action }) => action),
      ['DELETE /keys/ci', 'POST /kills'],
    );
    assert.equal(log.verify().fault, null);
  } finally {
    await own.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a start with other settings is told, without secrets, and one with the same is not', async () => {
  const settings = { TOKENWATCH_RETRY: '2', TOKENWATCH_METRICS_TOKEN: 'scrape-token-of-a-test' } as const;
  const first = await startTestApp({ settings });
  try {
    const entries = (): readonly AuditEntry[] => new AuditLog(first.dataDir).recent(10);
    const [entry] = entries();
    assert.deepEqual([entry?.who, entry?.action], [`${userInfo().username} (start)`, 'settings']);
    const after = JSON.stringify(entry?.after);
    assert.match(after, /"TOKENWATCH_RETRY":2/);
    assert.match(after, /"TOKENWATCH_OPENAI_URL":"http:\/\/127/);
    assert.match(after, /"TOKENWATCH_METRICS_TOKEN":"\(not written down\)"/);
    assert.equal(entries().length, 1);
  } finally {
    await first.close();
  }
});
