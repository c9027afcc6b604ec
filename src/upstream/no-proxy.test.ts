import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noProxyTest } from './no-proxy.ts';

const straight = (list: string, url: string): boolean => noProxyTest(list)(new URL(url));

const STRAIGHT: readonly (readonly [list: string, url: string])[] = [
  ['*', 'https://api.openai.com'],
  ['a.example, *', 'http://b.example'],
  ['example.com', 'https://example.com'],
  ['example.com', 'https://api.example.com'],
  ['.example.com', 'https://example.com'],
  ['.example.com', 'https://a.b.example.com'],
  ['*.example.com', 'https://api.example.com'],
  ['EXAMPLE.com.', 'https://api.example.COM.'],
  ['a.example b.example', 'https://b.example'],
  ['a.example;b.example', 'https://b.example'],
  ['a.example,,b.example,', 'https://b.example'],
  ['example.com:443', 'https://example.com'],
  ['example.com:80', 'http://example.com'],
  ['example.com:8080', 'http://example.com:8080'],
  ['*:8080', 'http://any.example:8080'],
  ['https://example.com/', 'https://example.com'],
  ['10.0.0.7', 'http://10.0.0.7:9000'],
  ['10.0.0.7:9000', 'http://10.0.0.7:9000'],
  ['10.0.0.0/8', 'http://10.200.1.1'],
  ['192.168.1.128/25', 'http://192.168.1.200'],
  ['fd00::1', 'http://[fd00::1]:9000'],
  ['[fd00::1]', 'http://[fd00::1]'],
  ['[fd00::1]:9000', 'http://[fd00::1]:9000'],
  ['fd00::/8', 'http://[fd12::7]'],
  ['0.0.0.0/0', 'http://10.0.0.1'],
];
const BY_PROXY: readonly (readonly [list: string, url: string])[] = [
  ['', 'https://api.openai.com'],
  ['example.com', 'https://notexample.com'],
  ['example.com', 'https://example.com.evil.example'],
  ['api.example.com', 'https://example.com'],
  ['example.com:444', 'https://example.com'],
  ['example.com:443', 'http://example.com'],
  ['10.0.0.0/8', 'http://11.0.0.1'],
  ['10.0.0.0/99', 'http://10.0.0.1'],
  ['10.0.0', 'http://10.0.0.1'],
  ['0.0.1', 'http://10.0.0.1'],
  ['fd00::/8', 'http://[fe00::1]'],
  ['fd00::1', 'http://10.0.0.1'],
  ['0.0.0.0/0', 'https://example.com'],
];

test('NO_PROXY is read in all the forms that others read', () => {
  for (const [list, url] of STRAIGHT) assert.equal(straight(list, url), true, `${list} ${url}`);
  for (const [list, url] of BY_PROXY) assert.equal(straight(list, url), false, `${list} ${url}`);
});
