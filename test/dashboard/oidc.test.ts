// The login by an identity provider: an honest one (oidc-provider, a library for providers), and one that does wrong.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import Provider from 'oidc-provider';
import { AuditLog } from '../../src/access/audit/audit-log.ts';
import type { SessionAnswer } from '../../src/access/login/door.ts';
import { hashPassword } from '../../src/access/login/password.ts';
import { UserFile } from '../../src/access/login/users.ts';
import { pageFolder, readPageFiles } from '../../src/dashboard/pages/page-files.ts';
import { readSettings } from '../../src/settings.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';
import { type Misbehaviour, startTestProvider, type TestProvider } from './test-provider.ts';

const CLIENT = 'tokenwatch-of-a-test';
const SECRET = 'an-invented-client-secret';
/** What is registered; the test's browser knows where that is. */
/** Behind a proxy that has the dashboard below a path of its own. */
const BACK = 'http://localhost:1/watch/oidc/callback';

/** Keeps cookies by host, follows nothing by itself. */
class TestBrowser {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly #home: string;

  constructor(home: string) {
    this.#home = home;
  }

  async ask(address: string, options: RequestInit = {}): Promise<Response> {
    const { origin, pathname, search } = new URL(address);
    const isOurs = origin === new URL(BACK).origin;
    const place = isOurs ? this.#home : origin;
    const path = isOurs ? pathname.replace(/^\/watch(?=\/)/, '') : pathname;
    const jar = this.#cookies.get(place) ?? new Map<string, string>();
    this.#cookies.set(place, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...options.headers, ...(cookie !== '' && { cookie }) };
    const response = await fetch(place + path + search, { ...options, redirect: 'manual', headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  async session(): Promise<SessionAnswer> {
    return (await (await this.ask(`${this.#home}/api/session`)).json()) as SessionAnswer;
  }
}

const pageIsBuilt = readPageFiles(pageFolder()).has('/');

const settingsOf = (issuer: string) => ({
  TOKENWATCH_OIDC_ISSUER: issuer,
  TOKENWATCH_OIDC_CLIENT_ID: CLIENT,
  TOKENWATCH_OIDC_CLIENT_SECRET: SECRET,
  TOKENWATCH_OIDC_REDIRECT_URL: BACK,
  TOKENWATCH_OIDC_ROLES: 'admins=admin,engineers=viewer',
});

let provider: TestProvider;
let app: TestApp;
before(async () => {
  provider = await startTestProvider(CLIENT);
  app = await startTestApp({ settings: settingsOf(provider.issuer) });
});
after(async () => {
  await app.close();
  await provider.close();
});

/** From the button to what is shown at the end. */
async function logIn(how: Misbehaviour, groups: unknown = ['engineers'], more: object = {}, view = '') {
  const browser = new TestBrowser(app.dashboardUrl);
  provider.misbehave(how);
  provider.userInfo = { groups, ...more };
  const begun = await browser.ask(`${app.dashboardUrl}/oidc/login${view}`);
  assert.equal(begun.status, 302, await begun.text());
  const back = provider.consent(begun.headers.get('location') ?? '');
  const end = await browser.ask(back.href);
  return { browser, begun, back, end, words: await end.text() };
}

test('whoever an honest provider lets in has the role of their groups, and leaves it at the logout', async (t) => {
  const groups: Record<string, readonly string[]> = { ann: ['engineers', 'admins'], bob: ['visitors'] };
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const library = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT,
        client_secret: SECRET,
        redirect_uris: [BACK],
        post_logout_redirect_uris: ['http://localhost:1/watch/'],
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
    findAccount: async (_context: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, preferred_username: id, groups: groups[id] }),
    }),
  });
  server.on('request', library.callback());
  t.mock.method(console, 'warn', () => undefined);
  t.mock.method(console, 'info', () => undefined);
  const other = await startTestApp({ settings: settingsOf(issuer) });
  t.after(async () => {
    await other.close();
    server.closeAllConnections();
    server.close();
  });
  const through = async (login: string) => {
    const browser = new TestBrowser(other.dashboardUrl);
    let response = await browser.ask(`${other.dashboardUrl}/oidc/login`);
    for (let step = 0; step < 12; step += 1) {
      const location = response.headers.get('location');
      if (location !== null) {
        response = await browser.ask(new URL(location, issuer).href);
        continue;
      }
      const text = await response.text();
      const form = /<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/.exec(text);
      if (form === null) return { browser, status: response.status, text };
      const prompt = /name="prompt" value="(\w+)"/.exec(form[2] ?? '')?.[1] ?? '';
      const body = new URLSearchParams({ prompt, login, password: 'any' });
      response = await browser.ask(new URL(form[1] ?? '', issuer).href, { method: 'POST', body });
    }
    throw new Error('the login has no end');
  };
  const { browser } = await through('ann');
  assert.deepEqual(await browser.session(), {
    name: 'oidc:ann',
    role: 'admin',
    mustLogIn: true,
    hasUsers: false,
    provider: '127.0.0.1',
  });
  assert.equal((await browser.ask(`${other.dashboardUrl}/api/users`)).status, 200);
  const refused = await through('bob');
  assert.equal(refused.status, 403);
  assert.match(
    refused.text,
    /&quot;bob&quot; may not see this dashboard: nothing in the claim &quot;groups&quot;/,
  );
  assert.equal((await refused.browser.session()).name, null);

  const left = await browser.ask(`${other.dashboardUrl}/api/session`, { method: 'DELETE' });
  const { leaveUrl } = (await left.json()) as { leaveUrl: string };
  assert.ok(leaveUrl.startsWith(`${issuer}/session/end?`), leaveUrl);
  assert.equal((await browser.ask(leaveUrl)).status, 200, 'the provider knows whose session it is to end');
  assert.equal((await browser.session()).name, null);
  const told = new AuditLog(other.dataDir)
    .recent(10)
    .filter(({ action }) => action !== 'settings')
    .toReversed();
  assert.deepEqual(
    told.map(({ who, role, action, refusal }) => [who, role, action, refusal === undefined]),
    [
      ['oidc:ann', 'admin', 'login', true],
      ['(by the identity provider)', 'none', 'login', false],
      ['oidc:ann', 'admin', 'logout', true],
    ],
  );
});

test('a login carries state, nonce and PKCE, and its cookies are nobody else’s', async () => {
  const { begun, browser, end } = await logIn({});
  const asked = new URL(begun.headers.get('location') ?? '').searchParams;
  assert.deepEqual(
    [
      asked.get('response_type'),
      asked.get('code_challenge_method'),
      asked.get('redirect_uri'),
      asked.get('scope'),
    ],
    ['code', 'S256', BACK, 'openid profile email'],
  );
  for (const name of ['state', 'nonce', 'code_challenge'])
    assert.ok((asked.get(name) ?? '').length >= 40, name);
  assert.match(
    begun.headers.getSetCookie().join(),
    /^tokenwatch-oidc=[\w-]{100,}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/,
  );
  const set = end.headers.getSetCookie();
  assert.match(set[0] ?? '', /^tokenwatch=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.match(set[1] ?? '', /^tokenwatch-oidc=; .*Max-Age=0$/);
  assert.ok((provider.exchanged.at(-1)?.get('code_verifier') ?? '').length >= 43);
  assert.deepEqual(
    [(await browser.session()).name, (await browser.session()).role],
    ['oidc:ann@example.com', 'viewer'],
  );
  assert.equal((await fetch(`${app.dashboardUrl}/oidc/login`, { method: 'HEAD' })).status, 405);
});

test('an answer that is not the one to this login lets nobody in', async () => {
  const now = Math.floor(Date.now() / 1000);
  const cases: readonly (readonly [string, Misbehaviour, RegExp])[] = [
    ['another nonce', { claims: { nonce: 'another' } }, /nonce/],
    ['no nonce', { claims: { nonce: undefined as never } }, /nonce/],
    ['another audience', { claims: { aud: 'somebody-else' } }, /aud/],
    ['another client beside this one', { claims: { azp: 'somebody-else' } }, /another client/],
    ['an audience of several, for nobody', { claims: { aud: [CLIENT, 'somebody-else'] } }, /aud/],
    ['another issuer', { claims: { iss: 'http://127.0.0.1:9' } }, /iss/],
    ['a token that is over', { claims: { exp: now - 3600, iat: now - 7200 } }, /exp|timestamp/],
    ['a key that the provider does not show', { foreignKey: true }, /signature/i],
    ['a key that nobody has', { header: { kid: '../../keys' } }, /no applicable keys/],
    ...(
      [
        ['a key of its own head', { jwk: provider.foreignKey.jwk }],
        ['keys at an address of its own', { jku: provider.foreignKey.address }],
        ['a certificate at an address of its own', { x5u: provider.foreignKey.address }],
      ] as const
    ).map(([what, header]): (typeof cases)[number] => [what, { foreignKey: true, header }, /signature/i]),
    ['no signature', { signed: 'not' }, /alg|signature/i],
    ['a signature that was cut', { signed: 'cut' }, /signature|JWT/i],
    ['the public key as a secret', { signed: 'by the public key' }, /alg|signature/i],
    ['another state', { state: 'another' }, /state/],
    ['a code that was used', { tokenStatus: 400 }, /this code was used/],
    ['more than anybody says', { surplusBytes: 2_000_000 }, /longer than \d+ bytes/],
  ];
  for (const [what, how, why] of cases) {
    const { end, words, browser } = await logIn(how);
    assert.equal(end.status, 401, `${what}: ${words}`);
    assert.match(words, why, what);
    assert.equal((await browser.session()).name, null, what);
    assert.ok(!end.headers.getSetCookie().some((line) => /^tokenwatch=[\w-]/.test(line)), what);
    // A right one forgets the failures, which would be waited for otherwise.
    assert.equal((await logIn({})).end.status, 200);
  }
  assert.equal(provider.foreignKey.asked(), 0, 'a token names no address that is asked');
  const lacking = await new TestBrowser(app.dashboardUrl).ask(
    provider.consent((await logIn({})).begun.headers.get('location') ?? '').href,
  );
  assert.equal(lacking.status, 401, 'without the cookie of its beginning');
  assert.match(await lacking.text(), /begun elsewhere/);
  const denied = await logIn({});
  const answer = await denied.browser.ask(
    `${app.dashboardUrl}/oidc/callback?error=access_denied&error_description=<b>no</b>`,
  );
  assert.equal(answer.status, 401);
  const page = await answer.text();
  assert.doesNotMatch(page, /<b>/);
  // It looks as the login does, by the page's own styles.
  assert.match(page, /<main class="entry"><section class="card entry-card"/);
  const styles = /<link rel="stylesheet" href="\.\.(\/assets\/[^"]+\.css)">/.exec(page)?.[1];
  if (pageIsBuilt) assert.equal((await fetch(app.dashboardUrl + styles)).status, 200);
});

/** Where the browser goes when it is let in, from the address of the way back. */
async function landing(view: string): Promise<string> {
  const { words } = await logIn({}, ['engineers'], {}, `?${new URLSearchParams({ view })}`);
  const target = /content="0; url=([^"]*)"/.exec(words)?.[1];
  assert.ok(target !== undefined, words);
  return new URL(target.replaceAll('&amp;', '&'), BACK).href;
}

test('a login ends at the view of the page whose link led to it, and nowhere else', async () => {
  const home = new URL('../', BACK).href;
  const link = '?tab=cost&span=7d&app=claude-code&tag=team%3Dgrowth';
  assert.equal(await landing(link), home + link);
  for (const elsewhere of [
    '',
    '//evil.example',
    'https://evil.example/',
    '/\\evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    '/../oidc/login',
    '?a=1"><script>',
    '?a\r\nset-cookie: x=1',
    '?url=https://evil.example',
    '@evil.example/?x',
    `?${'x'.repeat(2001)}`,
  ])
    assert.equal(await landing(elsewhere), home, elsewhere);
  // What the way back is asked with says nothing: it is what the beginning was.
  const { begun, browser } = await logIn({}, ['engineers'], {}, `?view=${encodeURIComponent(link)}`);
  const again = await browser.ask(`${app.dashboardUrl}/oidc/login?view=%3Ftab%3Dsystem`);
  assert.notEqual(begun.headers.get('location'), again.headers.get('location'));
  const back = provider.consent(again.headers.get('location') ?? '');
  back.searchParams.set('view', '//evil.example');
  assert.match(await (await browser.ask(back.href)).text(), /url=\.\.\/\?tab=system"/);
});

test('no two logins have anything in common', async () => {
  const asked = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const begun = await new TestBrowser(app.dashboardUrl).ask(`${app.dashboardUrl}/oidc/login`);
      return new URL(begun.headers.get('location') ?? '').searchParams;
    }),
  );
  for (const name of ['state', 'nonce', 'code_challenge'])
    assert.equal(new Set(asked.map((each) => each.get(name))).size, asked.length, name);
});

test('what is signed goes before what the provider’s page says, and a name is shown as it is', async () => {
  const claims = { preferred_username: 'a\u202en\u0007n' };
  const { browser } = await logIn({ claims }, ['admins'], {
    preferred_username: 'bob',
    email: 'b@example.com',
  });
  assert.deepEqual([(await browser.session()).name, (await browser.session()).role], ['oidc:ann', 'admin']);
});

test('no role, or none that is listed, is no access; the highest counts', async () => {
  for (const [groups, role] of [
    [['engineers', 'admins'], 'admin'],
    ['engineers', 'viewer'],
    [['engineer', 'Admins', '__proto__', 'constructor'], null],
    [[], null],
    [null, null],
    [{ admins: true }, null],
    [[['admins']], null],
  ] as const) {
    const { browser, end } = await logIn({}, groups);
    assert.deepEqual(
      [end.status, (await browser.session()).role],
      [role === null ? 403 : 200, role],
      String(groups),
    );
    await logIn({});
  }
});

test('an address gives a role only where the provider says that it is its owner who comes', async () => {
  const email = 'boss@corp.example';
  await app.reload({ TOKENWATCH_OIDC_ROLE_CLAIM: 'email', TOKENWATCH_OIDC_ROLES: `${email}=admin` });
  for (const unproven of [{ email_verified: false }, {}, { email_verified: 1 }]) {
    assert.equal((await logIn({ claims: { email, ...unproven } })).end.status, 403, JSON.stringify(unproven));
    assert.equal((await logIn({ claims: { email, email_verified: true } })).end.status, 200);
  }
  await app.reload();
});

test('a provider that names places nobody can go to is said to be away, or left out of the logout', async () => {
  const login = async (metadata: Misbehaviour['metadata'] = {}) => {
    provider.misbehave({ metadata });
    // What is known of a provider is forgotten with a change of its settings.
    await app.reload({ TOKENWATCH_OIDC_ROLES: `engineers=viewer,${Object.keys(metadata)}=viewer` });
    const begun = await fetch(`${app.dashboardUrl}/oidc/login`, { redirect: 'manual' });
    return { begun, words: await begun.text() };
  };
  for (const place of ['javascript:alert(1)', 'nowhere', undefined]) {
    const { begun, words } = await login({ authorization_endpoint: place });
    assert.equal(begun.status, 503, String(place));
    assert.match(words, /<h1[\s\S]*identity provider .* cannot be asked/);
  }
  await login({ end_session_endpoint: 'javascript:alert(1)' });
  const { browser, end } = await logIn({ metadata: { end_session_endpoint: 'javascript:alert(1)' } });
  assert.equal(end.status, 200);
  const left = await browser.ask(`${app.dashboardUrl}/api/session`, { method: 'DELETE' });
  assert.equal(((await left.json()) as { leaveUrl: string | null }).leaveUrl ?? null, null);
  await app.reload();
});

test('a provider that is away once the browser is back has let nobody fail', async () => {
  for (const [path, status] of [
    ['/token', null],
    ['/token', 503],
    ['/token', 429],
    ['/token', 'half'],
    ['/keys', 500],
    ['/keys', 'half'],
    ['/me', null],
    ['/me', 502],
    ['/me', 'half'],
  ] as const) {
    // Its keys are kept with what is known of it, which is forgotten with a change of the settings.
    await app.reload({ TOKENWATCH_OIDC_ROLES: `engineers=viewer,${path.slice(1)}-${status}=viewer` });
    const { end, words } = await logIn({ away: { path, status } });
    assert.equal(end.status, 503, `${path} ${status}: ${words}`);
    assert.match(words, /identity provider .* cannot be asked \(it (does not answer|answers with \d+)/);
  }
  assert.equal((await logIn({})).end.status, 200);
  await app.reload();
});

test('people who log in at once from one network keep nobody of them waiting', async () => {
  const count = 12;
  provider.misbehave({ together: count });
  provider.userInfo = { groups: ['engineers'] };
  const backs = await Promise.all(
    Array.from({ length: count }, async () => {
      const browser = new TestBrowser(app.dashboardUrl);
      const begun = await browser.ask(`${app.dashboardUrl}/oidc/login`);
      const back = provider.consent(begun.headers.get('location') ?? '');
      return async () => (await browser.ask(back.href)).status;
    }),
  );
  assert.deepEqual(
    await Promise.all(backs.map((back) => back())),
    Array.from({ length: count }, () => 200),
  );
});

test('whom the provider knows and nobody gave a role has guessed nothing, and keeps nobody waiting', async () => {
  for (let count = 0; count < 5; count += 1) assert.equal((await logIn({}, ['visitors'])).end.status, 403);
  assert.equal((await logIn({})).end.status, 200);
});

test('a way back that nobody began keeps nobody waiting', async () => {
  for (let count = 0; count < 5; count += 1) {
    const lone = await fetch(`${app.dashboardUrl}/oidc/callback?code=x&state=y`, { redirect: 'manual' });
    assert.equal(lone.status, 401);
    assert.match(await lone.text(), /begun elsewhere/);
  }
  assert.equal((await logIn({})).end.status, 200);
});

test('failed logins by the provider put off those, and no passwords', async (t) => {
  const own = await startTestApp({ settings: settingsOf(provider.issuer) });
  t.after(() => own.close());
  const password = 'an invented password';
  const users = new UserFile(own.dataDir);
  users.add({ name: 'ann', role: 'viewer', password: await hashPassword(password), createdAtMs: 1 });
  provider.misbehave({ tokenStatus: 400 });
  for (let count = 0; count < 4; count += 1) {
    const browser = new TestBrowser(own.dashboardUrl);
    const begun = await browser.ask(`${own.dashboardUrl}/oidc/login`);
    const back = provider.consent(begun.headers.get('location') ?? '');
    assert.ok([401, 429].includes((await browser.ask(back.href)).status));
  }
  const body = JSON.stringify({ name: 'ann', password });
  assert.equal((await fetch(`${own.dashboardUrl}/api/session`, { method: 'POST', body })).status, 200);
});

test('failed logins are put off, and other ways in work while the provider is away', async () => {
  let { end } = await logIn({ tokenStatus: 400 });
  assert.equal(end.status, 401);
  // The wait doubles until it is longer than a login takes here.
  while (end.status === 401) end = (await logIn({ tokenStatus: 400 })).end;
  assert.equal(end.status, 429);
  assert.ok(Number(end.headers.get('retry-after')) >= 1);
  const away = await startTestApp({ settings: settingsOf('http://127.0.0.1:9') });
  try {
    const response = await fetch(`${away.dashboardUrl}/oidc/login`, { redirect: 'manual' });
    assert.equal(response.status, 503);
    assert.match(await response.text(), /identity provider http:\/\/127.0.0.1:9 cannot be asked/);
    assert.equal((await fetch(`${away.dashboardUrl}/api/users`, { headers: away.adminHeaders })).status, 200);
    assert.equal((await fetch(`${away.dashboardUrl}/api/stats`)).status, 401);
  } finally {
    await away.close();
  }
});

test('half of a provider is refused at the start, with what is missing', async () => {
  const whole = settingsOf('https://login.example.com');
  for (const [settings, message] of [
    [{ ...whole, TOKENWATCH_OIDC_CLIENT_ID: '' }, /TOKENWATCH_OIDC_CLIENT_ID is not/],
    [{ ...whole, TOKENWATCH_OIDC_ROLES: '' }, /nobody could come in/],
    [{ ...whole, TOKENWATCH_OIDC_ISSUER: '' }, /TOKENWATCH_OIDC_ISSUER is not/],
    [
      { TOKENWATCH_OIDC_ROLES: 'a=viewer' },
      /TOKENWATCH_OIDC_ROLES is set, and TOKENWATCH_OIDC_ISSUER is not/,
    ],
    [{ ...whole, TOKENWATCH_OIDC_REDIRECT_URL: '' }, /Set it, as it is registered with the provider/],
    [{ ...whole, TOKENWATCH_OIDC_CLIENT_SECRET_FILE: '/none' }, /are both set/],
    [
      { ...whole, TOKENWATCH_OIDC_CLIENT_SECRET: '', TOKENWATCH_OIDC_CLIENT_SECRET_FILE: '/none' },
      /"\/none" cannot be read \(ENOENT\)/,
    ],
  ] as const)
    await assert.rejects(startTestApp({ settings }), { code: 'invalid_setting', message });
  for (const [settings, message] of [
    [{ TOKENWATCH_OIDC_ISSUER: 'http://login.example.com' }, /is not an https:\/\/ URL/],
    [{ TOKENWATCH_OIDC_ROLES: 'a=root' }, /is not a list such as/],
    [{ TOKENWATCH_OIDC_REDIRECT_URL: 'https://a.example.com/' }, /ends in \/oidc\/callback/],
    [{ TOKENWATCH_OIDC_SCOPES: 'profile' }, /openid among them/],
  ] as const)
    assert.throws(() => readSettings(settings), { code: 'invalid_setting', message });
});
