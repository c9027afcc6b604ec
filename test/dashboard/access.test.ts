// Who may see and change what on the dashboard's port, and what the audit log tells of it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { AuditLog } from '../../src/access/audit-log.ts';
import type { SessionAnswer } from '../../src/access/door.ts';
import { hashPassword } from '../../src/access/password.ts';
import type { Role } from '../../src/access/role.ts';
import { UserFile } from '../../src/access/users.ts';
import type { ErrorAnswer } from '../../src/dashboard/contract.ts';
import { ENDPOINT_NAMES, pathOf } from '../../src/dashboard/paths.ts';
import { PERMISSIONS } from '../../src/dashboard/permissions.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const run = promisify(execFile);
const PASSWORD = 'an invented password';
const SCRAPE_TOKEN = 'scrape-token-of-a-test';

let open: TestApp;
let closed: TestApp;
before(async () => {
  open = await startTestApp();
  closed = await startTestApp({
    settings: { TOKENWATCH_METRICS_TOKEN: SCRAPE_TOKEN },
    prepare: async (dataDir) => {
      const users = new UserFile(dataDir);
      const password = await hashPassword(PASSWORD);
      for (const name of ['viewer', 'operator', 'admin'] as const)
        users.add({ name: `${name}-1`, role: name, password, createdAtMs: 1 });
    },
  });
});
after(async () => {
  await open.close();
  await closed.close();
});

interface Asked {
  readonly status: number;
  readonly body: SessionAnswer & ErrorAnswer;
  readonly cookie: string;
}

async function ask(
  app: TestApp,
  method: string,
  path: string,
  {
    cookie,
    fields,
    headers,
  }: { cookie?: string; fields?: object; headers?: Readonly<Record<string, string>> } = {},
): Promise<Asked> {
  const response = await fetch(app.dashboardUrl + path, {
    method,
    headers: { ...headers, ...(cookie !== undefined && { cookie }) },
    ...(fields !== undefined && { body: JSON.stringify(fields) }),
  });
  return {
    status: response.status,
    body: (await response.json()) as Asked['body'],
    cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '',
  };
}

async function logIn(role: Role): Promise<string> {
  const { status, cookie, body } = await ask(closed, 'POST', '/api/session', {
    fields: { name: `${role}-1`, password: PASSWORD },
  });
  assert.deepEqual([status, body.role], [200, role]);
  return cookie;
}

test('on a loopback address everything works without a login, but what takes the secrets of the server’s user', async () => {
  assert.deepEqual((await ask(open, 'GET', '/api/session')).body, {
    name: 'local',
    role: 'operator',
    mustLogIn: false,
    hasUsers: false,
    provider: null,
  });
  const tag = { name: 'a', tag: 'a', condition: { type: 'regex', value: 'a' } };
  assert.equal((await ask(open, 'POST', '/api/tags', { fields: tag })).status, 200);
  const secret = { name: 'spare', api: 'openai', url: 'http://127.0.0.1:9' };
  const hook = { name: 'b', limit: 1, period: 'daily', webhookUrl: 'http://127.0.0.1:9/' };
  const asked: readonly (readonly [string, object, string])[] = [
    ['/api/upstreams', { ...secret, keyFile: '/etc/passwd' }, 'spare-1'],
    ['/api/upstreams', { ...secret, url: 'http://192.0.2.1', keyEnv: 'HOME' }, 'spare-2'],
    ['/api/v1/budgets', hook, 'b'],
  ];
  for (const [path, fields, name] of asked) {
    const refused = await ask(open, 'POST', path, { fields });
    assert.equal(refused.status, 403, JSON.stringify(fields));
    assert.match(refused.body.error.message, /needs the role admin.*"tokenwatch open"/);
    const { adminHeaders: headers } = open;
    assert.equal((await ask(open, 'POST', path, { fields: { ...fields, name }, headers })).status, 200);
  }
  const here = { ...secret, keyEnv: 'HOME' };
  assert.equal((await ask(open, 'POST', '/api/upstreams', { fields: here })).status, 200);
  // A wrong token is none: nobody takes it for a visitor without one.
  const wrong = await ask(open, 'GET', '/api/stats', { headers: { authorization: 'Bearer wrong' } });
  assert.equal(wrong.status, 401);
});

test('a link opens a session with all rights, once', async () => {
  const { stdout } = await run(process.execPath, ['bin/tokenwatch.js', 'open'], {
    env: { ...process.env, TOKENWATCH_DATA_DIR: open.dataDir },
  });
  const link = stdout.trim();
  assert.ok(link.startsWith(`${open.dashboardUrl}/open/`), link);
  const opened = await fetch(link);
  const cookie = opened.headers.get('set-cookie') ?? '';
  assert.match(cookie, /^tokenwatch=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  const [own = ''] = cookie.split(';');
  assert.equal((await ask(open, 'GET', '/api/session', { cookie: own })).body.role, 'admin');
  const again = await ask(open, 'GET', new URL(link).pathname);
  assert.deepEqual([again.status, again.cookie], [403, '']);
  assert.equal((await ask(open, 'POST', '/api/links', { fields: {} })).status, 403);
  const out = await ask(open, 'DELETE', '/api/session', { cookie: own });
  assert.deepEqual([out.status, out.cookie], [200, 'tokenwatch=']);
  assert.equal((await ask(open, 'GET', '/api/session', { cookie: own })).body.role, 'operator');
});

test('where there are users, nothing is told without a login but the page itself', async () => {
  assert.deepEqual((await ask(closed, 'GET', '/api/session')).body, {
    name: null,
    role: null,
    mustLogIn: true,
    hasUsers: true,
    provider: null,
  });
  for (const name of ENDPOINT_NAMES.filter((each) => !each.startsWith('session'))) {
    const { method, path, placeholder } = pathOf(name);
    const place = `/api${path}${placeholder === null ? '' : '/x'}`;
    const refused = await ask(closed, method, place, method === 'POST' ? { fields: {} } : {});
    assert.deepEqual([refused.status, refused.body.error.code], [401, 'login_required'], name);
  }
  assert.equal((await ask(closed, 'GET', '/api/nothing')).status, 401);
  assert.equal((await fetch(`${closed.dashboardUrl}/health`)).status, 200);
  const scrape = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${closed.dashboardUrl}/metrics`, { headers });
  assert.equal((await scrape({})).status, 401);
  assert.equal((await scrape({ authorization: `Bearer ${SCRAPE_TOKEN}` })).status, 200);
  assert.equal((await scrape({ authorization: `Bearer ${SCRAPE_TOKEN}x` })).status, 401);
  const opened = async (headers: Record<string, string>): Promise<boolean> => {
    const socket = new WebSocket(`${closed.dashboardUrl.replace('http', 'ws')}/ws/live`, { headers });
    const is = await new Promise<boolean>((resolve) => {
      socket.once('open', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.terminate();
    return is;
  };
  assert.equal(await opened({}), false);
  assert.equal(await opened({ cookie: await logIn('viewer') }), true);
});

test('each role may do what is for it, and what is for those before it', async () => {
  const cookies = {
    viewer: await logIn('viewer'),
    operator: await logIn('operator'),
    admin: await logIn('admin'),
  };
  for (const name of ENDPOINT_NAMES.filter((each) => !each.startsWith('session'))) {
    const { method, path, placeholder } = pathOf(name);
    const place = `/api${path}${placeholder === null ? '' : '/none-of-this-name'}`;
    for (const role of ['viewer', 'operator'] as const) {
      const { status } = await ask(closed, method, place, {
        cookie: cookies[role],
        ...(method === 'POST' && { fields: { unknown: 1 } }),
      });
      // Input is looked at first: what may be asked is refused for that alone.
      if (method !== 'POST' && PERMISSIONS[name].role !== 'viewer' && role === 'viewer')
        assert.equal(status, 403, `${name} as ${role}`);
      if (PERMISSIONS[name].role === 'viewer' || PERMISSIONS[name].role === role)
        assert.notEqual(status, 403, `${name} as ${role}`);
    }
  }
  const kill = { app: 'nobody-at-all' };
  assert.equal(
    (await ask(closed, 'POST', '/api/kills', { cookie: cookies.viewer, fields: kill })).status,
    403,
  );
  assert.equal(
    (await ask(closed, 'POST', '/api/kills', { cookie: cookies.operator, fields: kill })).status,
    200,
  );
  assert.equal((await ask(closed, 'GET', '/api/users', { cookie: cookies.operator })).status, 403);
  assert.equal((await ask(closed, 'GET', '/api/users', { cookie: cookies.admin })).status, 200);
});

test('a wrong name and a wrong password are refused alike, and too many are put off', async () => {
  const attempt = (name: string, password: string): Promise<Asked> =>
    ask(closed, 'POST', '/api/session', { fields: { name, password } });
  const wrong = await attempt('nobody', PASSWORD);
  assert.deepEqual([wrong.status, wrong.body], [401, (await attempt('viewer-1', 'wrong')).body]);
  await attempt('nobody', 'x');
  const late = await attempt('nobody', 'x');
  assert.deepEqual([late.status, late.body.error.code], [429, 'too_many_logins']);
});

test('every change is told with who made it, what was before and what is after, and no secret', async () => {
  const { adminHeaders: headers, dataDir } = open;
  const budget = { name: 'watched', limit: 5, period: 'daily' };
  await ask(open, 'POST', '/api/budgets', { fields: budget });
  await ask(open, 'POST', '/api/budgets', {
    fields: { ...budget, limit: 7, webhookUrl: 'http://127.0.0.1:9/' },
    headers,
  });
  await ask(open, 'DELETE', '/api/budgets/watched');
  await ask(open, 'DELETE', '/api/budgets/watched');
  await run(process.execPath, ['bin/tokenwatch.js', 'tag', 'remove', 'a'], {
    env: { ...process.env, TOKENWATCH_DATA_DIR: dataDir },
  });
  const entries = new AuditLog(dataDir).recent(5).toReversed();
  assert.deepEqual(
    entries.map(({ who, action, refusal }) => [who, action, refusal !== undefined]),
    [
      ['local', 'POST /budgets', false],
      ['token', 'POST /budgets', false],
      ['local', 'DELETE /budgets/watched', false],
      ['local', 'DELETE /budgets/watched', true],
      [`${userInfo().username} (command line)`, 'DELETE /tags/a', false],
    ],
  );
  const [made, changed, removed] = entries;
  assert.equal(made?.before, null);
  assert.match(JSON.stringify(made?.after), /"limitUsd":"5"/);
  assert.match(JSON.stringify(changed?.before), /"limitUsd":"5"/);
  assert.match(JSON.stringify(changed?.after), /"limitUsd":"7"/);
  assert.match(JSON.stringify(removed?.before), /"name":"watched"/);
  assert.equal(removed?.after, null);
  const log = readFileSync(join(dataDir, 'audit.jsonl'), 'utf8');
  assert.ok(!log.includes('whsec_'));
  assert.ok(!log.includes(headers.authorization?.split(' ')[1] ?? '?'));

  const verify = (): Promise<{ stdout: string }> =>
    run(process.execPath, ['bin/tokenwatch.js', 'audit', 'verify'], {
      env: { ...process.env, TOKENWATCH_DATA_DIR: dataDir },
    });
  assert.match((await verify()).stdout, /as they were written/);
  writeFileSync(join(dataDir, 'audit.jsonl'), log.replace('"local"', '"nobody"'));
  await assert.rejects(verify, /line \d: it does not follow the line before it/);
});
