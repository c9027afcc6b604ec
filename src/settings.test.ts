import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings } from './settings.ts';

test('defaults apply where a variable is absent or empty', () => {
  const settings = readSettings({ TOKENWATCH_PROXY_PORT: '', XDG_DATA_HOME: '/data' }, 'linux');
  assert.equal(settings.TOKENWATCH_PROXY_PORT, 8877);
  assert.equal(settings.TOKENWATCH_OVERALL_TIMEOUT, 300_000);
  assert.equal(settings.TOKENWATCH_MAX_BODY_BYTES, 64 * 1024 * 1024);
  assert.equal(settings.TOKENWATCH_OPENAI_URL.href, 'https://api.z.ai/');
  assert.equal(settings.TOKENWATCH_DATA_DIR, '/data/tokenwatch');
});

test('durations and sizes take units', () => {
  const settings = readSettings({ TOKENWATCH_CONNECT_TIMEOUT: '500ms', TOKENWATCH_MAX_BODY_BYTES: '2G' });
  assert.equal(settings.TOKENWATCH_CONNECT_TIMEOUT, 500);
  assert.equal(settings.TOKENWATCH_MAX_BODY_BYTES, 2 * 1024 ** 3);
});

test('shares are numbers or percents', () => {
  const settings = readSettings({ TOKENWATCH_CACHE_MAX_ERROR: '0.5 %', TOKENWATCH_CACHE_SHADOW_RATE: '0' });
  assert.deepEqual([settings.TOKENWATCH_CACHE_MAX_ERROR, settings.TOKENWATCH_CACHE_SHADOW_RATE], [0.005, 0]);
});

for (const [name, value] of [
  ['TOKENWATCH_PROXY_PORT', '99999'],
  ['TOKENWATCH_PROXY_PORT', 'http'],
  ['TOKENWATCH_CONNECT_TIMEOUT', '-1'],
  ['TOKENWATCH_CONNECT_TIMEOUT', '0'],
  ['TOKENWATCH_ANTHROPIC_URL', 'api.anthropic.com'],
  ['TOKENWATCH_OPENAI_URL', 'ftp://example.com'],
  ['TOKENWATCH_MAX_BODY_BYTES', 'lots'],
  ['TOKENWATCH_STREAM_USAGE', 'maybe'],
  ['TOKENWATCH_BUDGET_ENABLED', 'perhaps'],
  ['TOKENWATCH_BUDGET_TIMEZONE', 'Europe/Nowhere'],
  ['TOKENWATCH_CACHE_MAX_ERROR', '0'],
  ['TOKENWATCH_CACHE_SIMILARITY_THRESHOLD', '0.6'],
  ['TOKENWATCH_RETRY', '6'],
  ['TOKENWATCH_OPENAI_URL', 'https://user:word@example.com'],
] as const) {
  test(`${name}=${value} is refused with the name, the value and the accepted form`, () => {
    assert.throws(() => readSettings({ [name]: value }), {
      code: 'invalid_setting',
      message: new RegExp(`^${name}="${value}" is not .+`),
    });
  });
}
