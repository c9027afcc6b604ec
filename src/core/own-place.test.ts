import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leadsToItself } from './own-place.ts';
import { baseUrlOf } from './upstream.ts';

const names = new Set(['10.0.0.5', 'box', 'fe80::1']);
const leads = (url: string, host: string): boolean =>
  leadsToItself(baseUrlOf(new URL(url)), { host, ports: [8877, 8878], names });

test('every spelling of an own address is known', () => {
  for (const url of [
    'http://127.0.0.1:8877',
    'http://localhost:8877/openai/v1',
    'http://LOCALHOST.:8878',
    'http://127.1:8877',
    'http://0x7f000001:8877',
    'http://[::1]:8877',
    'http://[::ffff:127.0.0.1]:8877',
    'http://0.0.0.0:8877',
    'https://sub.localhost:8877',
  ])
    for (const host of ['127.0.0.1', 'localhost', '::1', '0.0.0.0', '::'])
      assert.equal(leads(url, host), true, `${url} at ${host}`);
  for (const url of ['http://10.0.0.5:8877', 'http://box:8878', 'http://[fe80::1]:8877']) {
    assert.equal(leads(url, '0.0.0.0'), true);
    assert.equal(leads(url, '10.0.0.5'), true);
    assert.equal(leads(url, '127.0.0.1'), false, 'it does not listen there');
  }
});

test('another port, and another machine, are others', () => {
  assert.equal(leads('http://127.0.0.1:11434', '0.0.0.0'), false);
  assert.equal(leads('https://api.example.com:8877', '0.0.0.0'), false);
  assert.equal(leads('http://127.0.0.1:8877', '10.0.0.5'), false);
});
