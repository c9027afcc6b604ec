import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SiteGuard } from './site-guard.ts';

const guard = new SiteGuard({
  subject: 'The proxy',
  ownHost: 'Proxy.Example',
  hosts: ['host.docker.internal', '*.corp.example'],
  origins: ['http://localhost:3000', 'chrome-extension://*'],
});
const isLetIn = (headers: Readonly<Record<string, string>>): boolean =>
  guard.refusalWithoutLinks({ 'user-agent': 'Mozilla/5.0', ...headers }) === null;

test('it answers to addresses, localhost, its own name and names that were allowed', () => {
  const ours = ['127.0.0.1:8877', 'localhost', 'LOCALHOST:1', '[::1]:8877', '10.1.2.3', 'proxy.example:80'];
  const allowed = ['host.docker.internal:8877', 'ai.corp.example', 'a.b.corp.example:443'];
  for (const host of [...ours, ...allowed]) assert.ok(isLetIn({ host }), host);
  assert.ok(isLetIn({}), 'HTTP/1.0 has none');
  const theirs = ['evil.example', 'evil.example:8877', '127.0.0.1.evil.example', 'localhost.evil.example'];
  const odd = ['corp.example', 'xcorp.example', '', 'a@127.0.0.1', '127.0.0.1:x', '[::1', 'proxy.example.'];
  for (const host of [...theirs, ...odd]) assert.ok(!isLetIn({ host }), host);
});

test('a name that was let in does not let in another', () => {
  assert.ok(isLetIn({ host: 'localhost:8877' }));
  assert.ok(!isLetIn({ host: 'evil.example:8877' }));
  assert.ok(isLetIn({ host: 'localhost:8877' }));
});

test('pages of other origins are refused, also where they are on this machine', () => {
  const host = 'localhost:8877';
  for (const origin of ['http://localhost:8877', 'http://localhost:3000', 'chrome-extension://abc'])
    assert.ok(isLetIn({ host, origin }), origin);
  for (const origin of ['https://evil.example', 'http://localhost:3001', 'null', '', 'http://localhost'])
    assert.ok(!isLetIn({ host, origin }), origin);
});

test('a port without pages refuses what a browser loads for another site, and a port with pages lets links in', () => {
  const host = 'localhost:8877';
  for (const site of ['cross-site', 'same-site']) assert.ok(!isLetIn({ host, 'sec-fetch-site': site }), site);
  for (const site of ['none', 'same-origin']) assert.ok(isLetIn({ host, 'sec-fetch-site': site }), site);
  assert.ok(isLetIn({ host, origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }));
  assert.equal(guard.refusal({ host, 'sec-fetch-site': 'cross-site' }), null);
});

test('a client that is no browser may call a port without pages by any name, a page may not', () => {
  for (const agent of ['curl/8', 'OpenAI/Python 2.1.0', 'opencode/1.18 Mozilla/5.0'])
    assert.equal(guard.refusalWithoutLinks({ host: 'evil.example', 'user-agent': agent }), null, agent);
  assert.equal(guard.refusalWithoutLinks({ host: 'x' }), null);
  for (const mark of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'same-origin' }])
    assert.notEqual(guard.refusalWithoutLinks({ host: 'evil.example', ...mark }), null);
  assert.notEqual(guard.refusal({ host: 'evil.example' }), null);
});
