import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostOf, withoutCredentials, withoutKey } from './without-credentials.ts';

test('an address is told without a user, a password and a query', () => {
  for (const [given, told] of [
    ['http://ann:p@ss/w0rd@a.example:1/b', 'http://…@a.example:1/b'],
    ['https://a.example/v1?key=secret', 'https://a.example/v1?…'],
    ['endpoint:https://u:p@a.example/v1?key=secret#model', 'endpoint:https://…@a.example/v1?…#model'],
    ['not an address? no', 'not an address? no'],
    ['https://a.example/v1/', 'https://a.example/v1/'],
  ] as const)
    assert.equal(withoutCredentials(given), told);
});

test('of a webhook only its host is told, for its path may be all that is secret', () => {
  assert.equal(hostOf('https://hooks.example/services/T0/B0/secret'), 'https://hooks.example/…');
  assert.equal(hostOf('http://127.0.0.1:9/?token=secret'), 'http://127.0.0.1:9/…');
  assert.equal(hostOf('http://127.0.0.1:9'), 'http://127.0.0.1:9/');
});

test('a key that comes back in an answer is not told, and no key is none', () => {
  assert.equal(withoutKey('wrong key: sk-1, sk-1', 'sk-1'), 'wrong key: …, …');
  assert.equal(withoutKey('wrong key', ''), 'wrong key');
});
