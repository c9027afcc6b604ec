import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenSetting, readSettings, SETTINGS, unreadSettings } from './settings.ts';

test('defaults apply where a variable is absent or empty', () => {
  const settings = readSettings({ TOKENWATCH_PROXY_PORT: '', XDG_DATA_HOME: '/data' }, 'linux');
  assert.equal(settings.TOKENWATCH_PROXY_PORT, 8877);
  assert.equal(settings.TOKENWATCH_OVERALL_TIMEOUT, 300_000);
  assert.equal(settings.TOKENWATCH_MAX_BODY_BYTES, 64 * 1024 * 1024);
  assert.equal(settings.TOKENWATCH_OPENAI_URL.href, 'https://api.z.ai/');
  assert.equal(settings.TOKENWATCH_DATA_DIR, '/data/tokenwatch');
});

test('what is given is told from what would be without it: blanks are nothing', () => {
  const name = 'TOKENWATCH_OTEL_SERVICE_NAME';
  const given = (text: string): string | null => {
    const environment = { [name]: text };
    return givenSetting(name, readSettings(environment), environment);
  };
  assert.deepEqual(['', '  ', 'tokenwatch', 'mine'].map(given), [null, null, 'tokenwatch', 'mine']);
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
] as const) {
  test(`${name}=${value} is refused with the name, the value and the accepted form`, () => {
    assert.throws(() => readSettings({ [name]: value }), {
      code: 'invalid_setting',
      message: new RegExp(`^${name}="${value}" is not .+`),
    });
  });
}

test('a value that is refused is not told where it is a secret, nor are credentials in an address', () => {
  const refused = (name: string, value: string): string => {
    try {
      readSettings({ [name]: value });
    } catch (error) {
      return (error as Error).message;
    }
    return assert.fail(`${name} was taken`);
  };
  for (const [name, value] of [
    ['TOKENWATCH_PROMPT_KEY', 'abc-word'],
    ['TOKENWATCH_KEY_PEPPER', 'word'],
    ['TOKENWATCH_METRICS_TOKEN', 'a word'],
    ['TOKENWATCH_DATABASE_URL', 'postgres://user:word@db.example'],
  ] as const)
    assert.match(refused(name, value), new RegExp(`^${name}="…" is not `));
  for (const value of [
    'https://user:word@example.com',
    'https://user:wo/rd@w@example.com',
    'ftp://word@example.com',
  ])
    assert.equal(
      refused('TOKENWATCH_OPENAI_URL', value).replace(/^(.*) is not.*$/, '$1'),
      `TOKENWATCH_OPENAI_URL="${value.split('://')[0]}://…@example.com"`,
    );
});

const KEY = { from: 'environment', name: 'TOKENWATCH_MY_KEY' } as const;

test('a name that is no setting is told, whatever it looks like', () => {
  const environment = {
    TOKENWATCH_OPENAI_UPSTREAM: 'https://api.openai.com/v1',
    TOKENWATCH_: 'x',
    TOKENWATCH_toString: 'x',
    TOKENWATCH_proxy_port: '1',
    PATH: '/bin',
    OPENAI_API_KEY: 'x',
  };
  assert.deepEqual(unreadSettings(environment, []), [
    'TOKENWATCH_',
    'TOKENWATCH_OPENAI_UPSTREAM',
    'TOKENWATCH_proxy_port',
    'TOKENWATCH_toString',
  ]);
});

test('what somebody reads is not: a setting, an upstream’s key, a command’s password; nor what is empty', () => {
  const settings = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, 'x']));
  const elsewhere = {
    TOKENWATCH_ORACLE_ADMIN_PASSWORD: 'x',
    TOKENWATCH_EMPTY: ' ',
    TOKENWATCH_GONE: undefined,
  };
  assert.deepEqual(unreadSettings({ ...settings, ...elsewhere, [KEY.name]: 'x' }, [{ key: KEY }]), []);
  const file = { from: 'file', name: KEY.name } as const;
  assert.deepEqual(unreadSettings({ [KEY.name]: 'x' }, [{ key: file }, { key: null }]), [KEY.name]);
});
