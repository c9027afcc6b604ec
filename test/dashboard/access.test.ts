// Who may see and change what on the dashboard's port, and what the audit log tells of it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { platform, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { AuditLog } from '../../src/access/audit/audit-log.ts';
import type { SessionAnswer } from '../../src/access/login/door.ts';
import { hashPassword } from '../../src/access/login/password.ts';
import { mayDo, type Role } from '../../src/access/login/role.ts';
import { UserFile } from '../../src/access/login/users.ts';
import type { ErrorAnswer } from '../../src/dashboard/contract.ts';
import { ENDPOINT_NAMES, pathOf } from '../../src/dashboard/paths.ts';
import { PERMISSIONS } from '../../src/dashboard/permissions.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const run = promisify(execFile);
const PASSWORD = 'an invented password';
/** Where pages are that must not have anything asked. */
const FOREIGN = ['https://evil.example.com', 'null', 'http://localhost.evil.example.com'] as const;
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
    ['/api/upstreams', { ...secret, url: 'http://192.0.2.1', sendsClientKey: true }, 'spare-3'],
    ['/api/upstreams', { ...secret, url: 'http://a.localhost:9', keyEnv: 'HOME' }, 'spare-4'],
    ['/api/v1/budgets', hook, 'b'],
  ];
  for (const [path, fields, name] of asked) {
    const refused = await ask(open, 'POST', path, { fields });
    assert.equal(refused.status, 403, JSON.stringify(fields));
    assert.match(refused.body.error.message, /needs the role admin.*"tokenwatch open"/);
    const { adminHeaders: headers } = open;
    assert.equal((await ask(open, 'POST', path, { fields: { ...fields, name }, headers })).status, 200);
  }
  for (const [name, more] of [
    ['plain', {}],
    ['with-key', { keyEnv: 'HOME' }],
    ['with-theirs', { sendsClientKey: true }],
  ] as const) {
    const asksOwn = await ask(open, 'POST', '/api/upstreams', { fields: { ...secret, ...more, name } });
    assert.equal(asksOwn.status, 200, `${name}: ${JSON.stringify(asksOwn.body)}`);
  }
  // A wrong token is none: nobody takes it for a visitor without one.
  const wrong = await ask(open, 'GET', '/api/stats', { headers: { authorization: 'Bearer wrong' } });
  assert.equal(wrong.status, 401);
});

test('another user of this machine has no variable sent to an address of it', {
  skip: process.getuid?.() !== 0 || platform() !== 'linux',
}, async () => {
  const fields = { name: 'theirs', api: 'openai', url: 'http://127.0.0.1:9', keyEnv: 'HOME' };
  const script = `fetch(process.argv[1] + '/api/upstreams', { method: 'POST', body: process.argv[2] })
    .then((answer) => console.log(answer.status))`;
  const asked = async (document: object): Promise<string> => {
    const words = ['-e', script, open.dashboardUrl, JSON.stringify(document)];
    const { stdout } = await run(process.execPath, words, { uid: 65_534, gid: 65_534, cwd: '/' });
    return stdout.trim();
  };
  assert.equal(await asked(fields), '403');
  assert.equal(await asked({ ...fields, keyEnv: undefined, sendsClientKey: true }), '403');
  assert.equal(await asked({ ...fields, keyEnv: undefined }), '200');
});

test('a link opens a session with all rights, once', async () => {
  const { stdout } = await run(process.execPath, ['bin/tokenwatch.js', 'open'], {
    env: { ...process.env, TOKENWATCH_DATA_DIR: open.dataDir },
  });
  const link = stdout.trim();
  assert.ok(link.startsWith(`${open.dashboardUrl}/open/`), link);
  // Whatever only looks whether it is there does not use it up.
  assert.equal((await fetch(link, { method: 'HEAD' })).status, 405);
  for (const name of ['sec-purpose', 'purpose', 'x-moz'])
    assert.equal((await fetch(link, { headers: { [name]: 'prefetch;prerender' } })).status, 403, name);
  const opened = await fetch(link);
  const cookie = opened.headers.get('set-cookie') ?? '';
  assert.match(cookie, /^tokenwatch=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  const [own = ''] = cookie.split(';');
  assert.equal((await ask(open, 'GET', '/api/session', { cookie: own })).body.role, 'admin');
  const again = await ask(open, 'GET', new URL(link).pathname);
  assert.deepEqual([again.status, again.cookie, again.body.error.code], [403, '', 'forbidden']);
  const browsed = await fetch(link, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
  assert.deepEqual([browsed.status, browsed.headers.get('content-type')], [403, 'text/html; charset=utf-8']);
  assert.match(await browsed.text(), /<h1.*This link was used already, or is over\..*tokenwatch open/s);
  const nowhere = await fetch(`${open.dashboardUrl}/no/such/<place>`, { headers: { accept: 'text/html' } });
  assert.deepEqual([nowhere.status, nowhere.headers.get('content-type')], [404, 'text/html; charset=utf-8']);
  assert.match(
    await nowhere.text(),
    /<h1.*<p>There is nothing at [^<]+\.<\/p>\n<a [^>]*href="\.\.\/\.\.\/"/s,
  );
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

test('a page that listens is told nothing any more once its login is over', { timeout: 60_000 }, async () => {
  const url = `${closed.dashboardUrl.replace('http', 'ws')}/ws/live`;
  const ends: readonly ((cookie: string) => Promise<Asked>)[] = [
    (cookie) => ask(closed, 'DELETE', '/api/session', { cookie }),
    () => ask(closed, 'DELETE', '/api/sessions?user=viewer-1', { headers: closed.adminHeaders }),
  ];
  for (const end of ends) {
    const cookie = await logIn('viewer');
    const socket = new WebSocket(url, { headers: { cookie } });
    await once(socket, 'message');
    const closing = once(socket, 'close');
    assert.equal((await end(cookie)).status, 200);
    assert.equal((await closing)[0], 1008);
  }
});

test('every endpoint for everybody: who may ask it, and that no page of another site may have it asked', async () => {
  const cookies = {
    viewer: await logIn('viewer'),
    operator: await logIn('operator'),
    admin: await logIn('admin'),
  };
  const token = { headers: closed.adminHeaders };
  const wrong = { headers: { authorization: 'Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' } };
  const visitors: readonly (readonly [string, TestApp, object, Role | null])[] = [
    ['nobody', closed, {}, null],
    ['a wrong token', closed, wrong, null],
    ['a cookie that was never given', closed, { cookie: `tokenwatch=${'A'.repeat(43)}` }, null],
    ['a viewer', closed, { cookie: cookies.viewer }, 'viewer'],
    ['an operator', closed, { cookie: cookies.operator }, 'operator'],
    ['an admin', closed, { cookie: cookies.admin }, 'admin'],
    ['the token', closed, token, 'admin'],
    ['local', open, {}, 'operator'],
  ];
  const asked = ENDPOINT_NAMES.filter((each) => !each.startsWith('session'));
  assert.deepEqual(Object.keys(PERMISSIONS).toSorted(), ENDPOINT_NAMES.toSorted());
  for (const name of asked) {
    const { method, path, placeholder } = pathOf(name);
    const place = `/api${path}${placeholder === null ? '' : '/none-of-this-name'}`;
    // Whoever may ask is told that this is no field: nothing is changed.
    const fields = method === 'POST' ? { fields: { unknown: 1 } } : {};
    const needed = PERMISSIONS[name].role;
    const statuses = await Promise.all(
      visitors.map(async ([, app, how]) => (await ask(app, method, place, { ...how, ...fields })).status),
    );
    for (const [index, [who, , , role]] of visitors.entries()) {
      const status = statuses[index] ?? 0;
      const what = `${name} for ${who}: ${status}`;
      if (role === null) assert.equal(status, 401, what);
      else if (!mayDo(role, needed)) assert.equal(status, 403, what);
      else assert.ok(status < 500 && status !== 401 && status !== 403, what);
    }
    if (method === 'GET') continue;
    // What an upstream sends as a page is of this host, too, behind the proxy's port.
    const origins = [...FOREIGN, closed.proxyUrl];
    const origin = origins[asked.indexOf(name) % origins.length] ?? '';
    const foreign = await ask(closed, method, place, {
      cookie: cookies.admin,
      // As a form sends it, without asking before.
      headers: { origin, 'content-type': 'text/plain' },
      ...fields,
    });
    assert.equal(foreign.status, 403, `${name} for a page at ${origin}`);
  }
  const reads = ENDPOINT_NAMES.filter((name) => pathOf(name).method === 'GET');
  assert.ok(
    reads.every((name) => !PERMISSIONS[name].changes),
    'what is read changes nothing',
  );
  // The door itself tells of what it does; what only looks is none of the audit log's.
  const quiet = asked.filter((name) => pathOf(name).method !== 'GET' && !PERMISSIONS[name].changes);
  assert.deepEqual(quiet.toSorted(), [
    'explain',
    'linkAdd',
    'passwordChange',
    'replayHold',
    'replayHoldRemove',
    'replayPlan',
  ]);
});

test('a login takes no session that was there before, and a logout everywhere ends all of them', async () => {
  const first = await logIn('viewer');
  const renewed = await ask(closed, 'POST', '/api/session', {
    cookie: first,
    fields: { name: 'viewer-1', password: PASSWORD },
  });
  assert.notEqual(renewed.cookie, first);
  const nameWith = async (cookie: string): Promise<string | null> =>
    (await ask(closed, 'GET', '/api/session', { cookie })).body.name;
  assert.equal(await nameWith(first), null, 'the one that the browser had is over');
  // One that somebody else has chosen is nothing, before and after.
  const chosen = `tokenwatch=${'B'.repeat(43)}`;
  const given = await ask(closed, 'POST', '/api/session', {
    cookie: chosen,
    fields: { name: 'viewer-1', password: PASSWORD },
  });
  assert.notEqual(given.cookie, chosen);
  assert.equal(await nameWith(chosen), null);
  const operator = await logIn('operator');
  const others = await ask(closed, 'DELETE', '/api/sessions?user=viewer-1', { cookie: operator });
  assert.equal(others.status, 403, 'those of others are for admins');
  assert.equal((await ask(closed, 'DELETE', '/api/sessions', { cookie: given.cookie })).status, 200);
  assert.deepEqual([await nameWith(renewed.cookie), await nameWith(given.cookie)], [null, null]);
  assert.equal(await nameWith(operator), 'operator-1');
  const { stdout } = await run(process.execPath, ['bin/tokenwatch.js', 'user', 'logout', 'operator-1'], {
    env: { ...process.env, TOKENWATCH_DATA_DIR: closed.dataDir },
  });
  assert.match(stdout, /^\d sessions? ended\.$/m);
  assert.equal(await nameWith(operator), null);
});

test('another password ends every other session, and asks for the present one', async () => {
  new UserFile(closed.dataDir).add({
    name: 'carl',
    role: 'viewer',
    password: await hashPassword(PASSWORD),
    createdAtMs: 1,
  });
  const login = (password: string) =>
    ask(closed, 'POST', '/api/session', { fields: { name: 'carl', password } });
  const [one, other] = [await login(PASSWORD), await login(PASSWORD)];
  const change = (fields: object) => ask(closed, 'POST', '/api/password', { cookie: one.cookie, fields });
  const newPassword = 'another invented password';
  assert.equal((await change({ password: PASSWORD, newPassword: 'short' })).status, 400);
  assert.equal((await change({ password: 'a wrong password', newPassword })).status, 401);
  const changed = await change({ password: PASSWORD, newPassword });
  assert.deepEqual([changed.status, changed.body.name], [200, 'carl']);
  for (const { cookie } of [one, other])
    assert.equal((await ask(closed, 'GET', '/api/session', { cookie })).body.name, null);
  assert.equal((await ask(closed, 'GET', '/api/session', { cookie: changed.cookie })).body.name, 'carl');
  assert.equal((await login(PASSWORD)).status, 401);
  assert.equal((await login(newPassword)).status, 200);
  const told = new AuditLog(closed.dataDir).recent(20);
  assert.ok(
    told.some(({ who, action, refusal }) => who === 'carl' && action === 'password change' && !refusal),
  );
  assert.ok(!JSON.stringify(told).includes('invented password'));
  const withToken = await ask(closed, 'POST', '/api/password', {
    headers: closed.adminHeaders,
    fields: { password: 'x', newPassword },
  });
  assert.equal(withToken.status, 400, 'the token has no password');
});

test('a viewer sees what a request was, and not what was said in it', async (t) => {
  const app = await startTestApp({
    settings: { TOKENWATCH_STORE_PROMPTS: 'true' },
    prepare: async (dataDir) => {
      const password = await hashPassword(PASSWORD);
      for (const role of ['viewer', 'operator'] as const)
        new UserFile(dataDir).add({ name: role, role, password, createdAtMs: 1 });
    },
  });
  t.after(() => app.close());
  const cookieOf = async (name: string): Promise<string> =>
    (await ask(app, 'POST', '/api/session', { fields: { name, password: PASSWORD } })).cookie;
  const answer = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-tokenwatch-session': 'said' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'what was said' }] }),
  });
  await answer.arrayBuffer();
  const path = `/api/requests/${(await app.recordOf('said')).id}`;
  const [viewer, operator] = [await cookieOf('viewer'), await cookieOf('operator')];
  const storedFor = async (cookie: string): Promise<unknown> =>
    ((await ask(app, 'GET', path, { cookie })).body as unknown as { readonly stored: unknown }).stored;
  let stored: unknown = null;
  // It is stored off the request's path, a moment later.
  while (stored === null) stored = await storedFor(operator);
  assert.match(JSON.stringify(stored), /what was said/);
  assert.equal(await storedFor(viewer), null);
});

test('who has not logged in sends no more than a password', async () => {
  const fields = { name: 'viewer-1', password: 'x'.repeat(16 * 1024) };
  const refused = await ask(closed, 'POST', '/api/session', { fields });
  assert.deepEqual([refused.status, refused.body.error.code], [413, 'body_too_large']);
});

test('nothing that is packed is unpacked: a document with a content-encoding is refused, and says why', async () => {
  const response = await fetch(`${open.dashboardUrl}/api/tags`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync(Buffer.alloc(10_000_000, ' ')),
  });
  const { error } = (await response.json()) as ErrorAnswer;
  assert.equal(response.status, 400);
  assert.match(error.message, /content-encoding "gzip", and nothing is unpacked here/);
});

test('a wrong name and a wrong password are refused alike, and too many are put off', async () => {
  const attempt = (name: string, password: string): Promise<Asked> =>
    ask(closed, 'POST', '/api/session', { fields: { name, password } });
  const wrong = await attempt('nobody', PASSWORD);
  assert.deepEqual([wrong.status, wrong.body], [401, (await attempt('viewer-1', 'wrong')).body]);
  let late = await attempt('nobody', 'x');
  // The wait doubles until it is longer than an attempt takes here.
  while (late.status === 401) late = await attempt('nobody', 'x');
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
