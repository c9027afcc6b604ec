import assert from 'node:assert/strict';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../../test/at-end.ts';
import type { TokenWatchError } from '../../core/errors.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { Door } from './door.ts';
import { isSameSecret, openFolderToken, readFolderToken } from './folder-token.ts';
import { LoginRecord } from './login-record.ts';
import { LoginThrottle } from './login-throttle.ts';
import { hashPassword, PasswordCheck } from './password.ts';
import { mayDo, ROLES } from './role.ts';
import { Sessions } from './sessions.ts';
import { UserFile } from './users.ts';

const HOUR_MS = 3_600_000;
const TIMES = { idleMs: 12 * HOUR_MS, lifetimeMs: 7 * 24 * HOUR_MS };

const CHEAP = '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

class StillClock {
  ms = 1_000_000;
  now = (): number => this.ms;
  monotonicMs = (): number => this.ms;
}

test('a password matches its hash and no other', async () => {
  const hash = await hashPassword('correct hörse');
  const check = new PasswordCheck();
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.equal(await check.matches('correct hörse', hash), true);
  // Written with a combining mark, it is the same word.
  assert.equal(await check.matches('correct ho\u0308rse', hash), true);
  assert.equal(await check.matches('correct horse', hash), false);
  assert.equal(await check.matches('correct hörse', null), false);
  for (const broken of [
    '',
    'plain',
    hash.slice(0, -5).replace('19456', '9999999'),
    '$argon2id$v=19$m=1,t=1,p=9$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
  ])
    assert.equal(await check.matches('correct hörse', broken), false, broken);
  assert.notEqual(await hashPassword('correct hörse'), hash);
});

test('more logins than can wait are turned away, and the others are all looked at', async () => {
  const check = new PasswordCheck();
  const answers = await Promise.all(Array.from({ length: 60 }, () => check.matches('x', CHEAP)));
  assert.equal(answers.filter((answer) => answer === null).length, 8);
  assert.equal(answers.filter((answer) => answer === false).length, 52);
});

test('a session ends by rest, by age, by its user, and by a new password', () => {
  const clock = new StillClock();
  const sessions = new Sessions(clock, TIMES);
  let user: { stamp: string; role: 'admin' | 'viewer' } | null = { stamp: 'a', role: 'admin' };
  const visitor = (secret: string) => sessions.visitorOf(secret, () => user);
  const begin = (): string => sessions.begin({ name: 'ann', role: 'admin' }, 'a');

  const first = begin();
  assert.deepEqual(visitor(first), { name: 'ann', role: 'admin' });
  user = { stamp: 'a', role: 'viewer' };
  assert.equal(visitor(first)?.role, 'viewer');
  assert.equal(visitor(`${first}x`), null);
  clock.ms += 12 * HOUR_MS + 1;
  assert.equal(visitor(first), null);

  const second = begin();
  for (let hours = 0; hours < 7 * 24; hours += 8) {
    assert.notEqual(visitor(second), null);
    clock.ms += 8 * HOUR_MS;
  }
  clock.ms += 1;
  assert.equal(visitor(second), null);

  const third = begin();
  user = { stamp: 'b', role: 'admin' };
  assert.equal(visitor(third), null);
  user = { stamp: 'a', role: 'admin' };
  assert.equal(visitor(third), null);
  const fourth = begin();
  user = null;
  assert.equal(visitor(fourth), null);
  const fifth = sessions.begin({ name: 'token', role: 'admin' }, null);
  assert.equal(visitor(fifth)?.name, 'token');
  sessions.end(fifth);
  assert.equal(visitor(fifth), null);
  assert.equal(sessions.size, 0);
});

test('failures slow an account and an address down, and nobody is kept out for good', () => {
  const clock = new StillClock();
  const throttle = new LoginThrottle(clock);
  const fail = (times: number, account = 'ann', address = '10.0.0.1'): void => {
    for (let count = 0; count < times; count += 1) throttle.failed(account, address);
  };
  fail(2);
  assert.equal(throttle.waitMs('ann', '10.0.0.1'), 0);
  // What nobody looked at is no failure, of the account as of the address.
  for (let count = 0; count < 5; count += 1) {
    fail(1);
    throttle.unjudged('ann', '10.0.0.1');
  }
  assert.equal(throttle.waitMs('ann', '10.0.0.1'), 0);
  assert.equal(throttle.waitMs('bob', '10.0.0.1'), 0);
  throttle.unjudged('nobody', '10.9.9.9');
  fail(1);
  assert.equal(throttle.waitMs('ann', '10.0.0.2'), 1000);
  assert.equal(throttle.waitMs('bob', '10.0.0.1'), 1000);
  assert.equal(throttle.waitMs('bob', '10.0.0.2'), 0);
  fail(100);
  assert.equal(throttle.waitMs('ann', '10.0.0.2'), 30_000);
  assert.equal(throttle.waitMs('bob', '10.0.0.1'), 15 * 60_000);
  clock.ms += 30_000;
  assert.equal(throttle.waitMs('ann', '10.0.0.2'), 0);
  throttle.succeeded('ann', '10.0.0.1');
  assert.equal(throttle.waitMs('ann', '10.0.0.1'), 0);
  // All addresses of one network of IPv6 are one.
  fail(3, 'carl', '2001:db8::1');
  assert.ok(throttle.waitMs('dora', '2001:db8:0:0:ffff::2') > 0);
  assert.equal(throttle.waitMs('dora', '2001:db8:0:1::2'), 0);
});

test('whoever has an account takes back their own failures at an address, and no others', () => {
  const clock = new StillClock();
  const throttle = new LoginThrottle(clock);
  const here = '10.0.0.1';
  for (let count = 0; count < 4; count += 1) throttle.failed('bob', here);
  throttle.succeeded('bob', here);
  assert.equal(throttle.waitMs('carl', here), 0);
  for (const name of ['ann', 'dora', 'bob', 'emil']) {
    clock.ms += 1000;
    throttle.failed(name, here);
  }
  throttle.succeeded('bob', here);
  assert.equal(throttle.waitMs('carl', here), 1000);
  // Nor by failures of their own that are over.
  clock.ms += 4 * 5 * 60_000;
  for (let count = 0; count < 4; count += 1) throttle.failed('bob', here);
  clock.ms += 4 * 5 * 60_000;
  for (const name of ['ann', 'dora', 'emil', 'fay']) throttle.failed(name, here);
  throttle.succeeded('bob', here);
  assert.equal(throttle.waitMs('carl', here), 2000);
});

test('nobody elsewhere, and nobody else there, keeps out who logged in from an address before', () => {
  const clock = new StillClock();
  const throttle = new LoginThrottle(clock);
  const [home, away] = ['10.0.0.1', '10.9.9.9'];
  throttle.failed('ann', home);
  throttle.succeeded('ann', home);
  for (let count = 0; count < 20; count += 1) {
    throttle.failed('ann', away);
    throttle.failed('bob', home);
  }
  assert.equal(throttle.waitMs('ann', home), 0);
  assert.ok(throttle.waitMs('ann', away) > 0 && throttle.waitMs('bob', home) > 0);
  // It is not known who sits there now: a few guesses, and all counts again.
  for (let count = 0; count < 3; count += 1) throttle.failed('ann', home);
  assert.equal(throttle.waitMs('ann', home), 15 * 60_000);
  clock.ms += 31 * 24 * HOUR_MS;
  for (let count = 0; count < 20; count += 1) throttle.failed('ann', away);
  assert.ok(throttle.waitMs('ann', home) > 0, 'too long ago');
});

test('failures of many at one address, now and then, keep nobody waiting long', () => {
  const clock = new StillClock();
  const throttle = new LoginThrottle(clock);
  for (let count = 0; count < 100; count += 1) {
    clock.ms += 6 * 60_000;
    throttle.failed(`mistyped-${count}`, '10.0.0.1');
    assert.equal(throttle.waitMs('ann', '10.0.0.1'), 0);
  }
});

/** A door that asks for a login, with its log. */
function doorOf(t: TestContext, clock = new StillClock()) {
  const folder = temporaryFolder(t, 'door');
  const log = new AuditLog(folder);
  const door = new Door({
    dataDir: folder,
    mustLogIn: true,
    times: TIMES,
    oidc: null,
    isSecure: false,
    code: 'none',
    record: new LoginRecord({ log, clock, warn: assert.fail }),
    clock,
  });
  const guess = (password = 'x', headers: IncomingMessage['headers'] = {}, name = 'ann'): Promise<string> =>
    door.logIn(requestFrom(headers), { name, password }).then(
      () => 'in',
      (error: TokenWatchError) => error.code,
    );
  return { folder, log, door, guess };
}

const requestFrom = (headers: IncomingMessage['headers'], remoteAddress = '10.0.0.1'): IncomingMessage =>
  ({ headers, socket: { remoteAddress } }) as IncomingMessage;

test('guesses that come at once are not all looked at', async (t) => {
  const { log, guess } = doorOf(t);
  const codes = await Promise.all(Array.from({ length: 20 }, () => guess()));
  assert.equal(codes.filter((code) => code === 'login_failed').length, 3);
  assert.equal(codes.filter((code) => code === 'too_many_logins').length, 17);
  assert.deepEqual(
    log.recent(10).map(({ who, action, refusal }) => [who, action, refusal]),
    Array.from({ length: 3 }, () => [
      '(a name that nobody has)',
      'login',
      'wrong name or password, from 10.0.0.1',
    ]),
  );
});

test('who is turned away because too many others wait has not failed', async (t) => {
  const { folder, door } = doorOf(t);
  const names = Array.from({ length: 60 }, (_, index) => `user-${index}`);
  const users = new UserFile(folder);
  for (const name of names) users.add({ name, role: 'viewer', password: CHEAP, createdAtMs: 1 });
  const codeOf = (name: string) =>
    door.logIn(requestFrom({}, name.replace('user-', '10.0.1.')), { name, password: 'x' }).then(
      () => 'in',
      (error: TokenWatchError) => error.code,
    );
  const codes = await Promise.all(names.map(codeOf));
  const away = names[codes.indexOf('too_many_logins')] ?? assert.fail('nobody was turned away');
  for (let count = 0; count < 3; count += 1) assert.equal(await codeOf(away), 'login_failed');
  assert.equal(await codeOf(away), 'too_many_logins');
});

test('a login of one’s own gives no guesses at others', async (t) => {
  const { folder, guess } = doorOf(t);
  const users = new UserFile(folder);
  const password = await hashPassword('bob knows this one');
  users.add({ name: 'bob', role: 'viewer', password, createdAtMs: 1 });
  const codes: string[] = [];
  for (const name of ['ann', 'carl', 'dora', 'emil', 'fay']) {
    codes.push(await guess('x', {}, name));
    await guess('bob knows this one', {}, 'bob');
  }
  assert.deepEqual(codes, [
    ...Array.from({ length: 3 }, () => 'login_failed'),
    ...Array.from({ length: 2 }, () => 'too_many_logins'),
  ]);
});

test('no header makes guesses another address’s', async (t) => {
  const { guess } = doorOf(t);
  for (const [index, name] of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip'].entries())
    assert.equal(
      await guess('x', { [name]: `10.9.9.${index}`, 'user-agent': `a${index}` }, `user-${index}`),
      index < 3 ? 'login_failed' : 'too_many_logins',
      name,
    );
});

test('a password that is too long is wrong, and none takes longer for it', async (t) => {
  const { folder, guess } = doorOf(t);
  const long = 'p'.repeat(1001);
  const users = new UserFile(folder);
  for (const [name, password] of [
    ['ann', long],
    ['bob', long.slice(1)],
  ] as const)
    users.add({ name, role: 'viewer', password: await hashPassword(password), createdAtMs: 1 });
  assert.equal(await guess(long.slice(1), {}, 'bob'), 'in');
  assert.equal(await guess(long), 'login_failed');
});

test('a name that nobody has is looked at as one that somebody has', async () => {
  const check = new PasswordCheck();
  let isDecided = false;
  const decided = check.matches('x', null).then((answer) => {
    isDecided = true;
    return answer;
  });
  // Hashing is done in another thread: it takes turns of this one.
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isDecided, false);
  assert.equal(await decided, false);
});

test('a link opens once, for a quarter of an hour, and there are not many of them', (t) => {
  const clock = new StillClock();
  const { door } = doorOf(t, clock);
  const admin = { name: 'ann', role: 'admin' } as const;
  const codeOf = (): string => door.newLink(admin).slice('/open/'.length);
  const [first, second] = [codeOf(), codeOf()];
  assert.equal(door.open(requestFrom({}), first)?.length, 1);
  assert.equal(door.open(requestFrom({}), first), null);
  clock.ms += 15 * 60_000;
  assert.equal(door.open(requestFrom({}), second), null);
  for (let count = 0; count < 99; count += 1) codeOf();
  assert.throws(codeOf, { code: 'too_many_logins' });
  clock.ms += 15 * 60_000;
  codeOf();
});

test('sessions and failures beyond a bound take the place of the oldest', () => {
  const clock = new StillClock();
  const sessions = new Sessions(clock, TIMES);
  const first = sessions.begin({ name: 'ann', role: 'admin' }, null);
  for (let count = 0; count < 10_000; count += 1) sessions.begin({ name: 'bob', role: 'viewer' }, null);
  assert.equal(sessions.size, 10_000);
  assert.equal(
    sessions.visitorOf(first, () => null),
    null,
  );
  const throttle = new LoginThrottle(clock);
  for (let count = 0; count < 5; count += 1) throttle.failed('ann', '10.0.0.1');
  assert.ok(throttle.waitMs('ann', 'elsewhere') > 0);
  for (let count = 0; count < 10_000; count += 1) throttle.failed(`user-${count}`, `address-${count}`);
  assert.equal(throttle.waitMs('ann', '10.0.0.1'), 0);
});

test('users are added, changed and removed; a broken file lets nobody in', (t) => {
  const folder = temporaryFolder(t, 'users');
  const users = new UserFile(folder);
  const other = new UserFile(folder);
  assert.equal(other.all.size, 0);
  users.add({ name: 'ann', role: 'admin', password: 'p', createdAtMs: 1 });
  assert.equal(statSync(join(folder, 'users.json')).mode & 0o777, 0o600);
  assert.deepEqual([...other.all.keys()], ['ann']);
  assert.throws(() => users.add({ name: 'ann', role: 'viewer', password: 'p', createdAtMs: 1 }), /already/);
  for (const name of ['', 'local', 'a/b', '<b>', 'x'.repeat(101)])
    assert.throws(() => users.add({ name, role: 'viewer', password: 'p', createdAtMs: 1 }), /cannot be/);
  other.change('ann', { role: 'viewer' });
  assert.equal(users.all.get('ann')?.role, 'viewer');
  assert.throws(() => users.remove('bob'), /There are: ann/);
  users.remove('ann');
  assert.equal(other.all.size, 0);
  for (const broken of [
    '{',
    '{}',
    '{"users":[{"name":"a"}]}',
    '{"users":[{"name":"a","password":"p","role":"root"}]}',
  ]) {
    writeFileSync(join(folder, 'users.json'), broken);
    assert.throws(() => new UserFile(folder).all, /cannot be read/);
  }
});

test('the folder has one token, which only its owner may read', (t) => {
  const folder = temporaryFolder(t, 'token');
  assert.equal(readFolderToken(folder), null);
  const token = openFolderToken(folder);
  assert.equal(openFolderToken(folder), token);
  assert.equal(readFolderToken(folder), token);
  assert.equal(statSync(join(folder, 'token')).mode & 0o777, 0o600);
  assert.ok(isSameSecret(token, token) && !isSameSecret(`${token}a`, token) && !isSameSecret('', token));
  writeFileSync(join(folder, 'token'), 'short');
  assert.equal(readFolderToken(folder), null);
  rmSync(join(folder, 'token'));
  mkdirSync(join(folder, 'token'));
  assert.throws(() => readFolderToken(folder), /token .*\/token cannot be read \(EISDIR.*Take away what is/);
  rmSync(join(folder, 'token'), { recursive: true });
});

test('each role may do what those before it may', () => {
  for (const [index, role] of ROLES.entries())
    for (const [needed, other] of ROLES.entries()) assert.equal(mayDo(role, other), index >= needed);
});
