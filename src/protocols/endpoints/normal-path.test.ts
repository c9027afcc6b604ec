import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { normalPath } from './normal-path.ts';

const cases: readonly (readonly [path: string, normal: string])[] = [
  ['/v1/messages', '/v1/messages'],
  ['/v1/messages/', '/v1/messages'],
  ['//v1///messages//', '/v1/messages'],
  ['/v1/./files/../chat/completions', '/v1/chat/completions'],
  ['/../../v1/messages', '/v1/messages'],
  ['/v1/%6Dessages', '/v1/messages'],
  ['/v1%2Fmessages', '/v1/messages'],
  ['/v1/files/%2e%2e/messages', '/v1/messages'],
  ['/v1\\messages', '/v1/messages'],
  ['/model/claude-v1%3A0/invoke', '/model/claude-v1:0/invoke'],
  ['/v1/%ff/%6Dessages', '/v1/%ff/messages'],
  ['/', '/'],
  ['/v1/m.%zz', '/v1/m.%zz'],
];

for (const [path, normal] of cases) {
  test(`${path} is ${normal}`, () => assert.equal(normalPath(path), normal));
}

test('any path becomes one without doubled slashes, dot segments or a slash at its end', () => {
  const part = fc.oneof(
    fc.constantFrom('/', '//', '.', '..', '%2e', '%2F', '%', '\\', '%c3%28'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const normal = normalPath(`/${parts.join('')}`);
      assert.doesNotMatch(normal, /\/\/|\/\.{1,2}(?:\/|$)|.\/$/);
    }),
    { numRuns: 2000 },
  );
});
