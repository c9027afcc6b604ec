import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretFinder } from './secret-finder.ts';

const finder = new SecretFinder();
const rules = (text: string): string[] =>
  finder
    .find(
      text,
      () => false,
      () => {},
    )
    .map(({ rule, start, end }) => `${rule} ${text.slice(start, end)}`);
/** No scanner shall take this file's inventions for keys. */
const join = (...parts: readonly string[]): string => parts.join('');

test('a rule asks only where its keyword stands', () => {
  const key = join('AK', 'IA', 'QRSTUVWXYZ234567');
  assert.deepEqual(rules(`id ${key}.`), [`aws-access-token ${key}`]);
  assert.deepEqual(rules('nothing of interest'), []);
});

test('keywords that overlap are all seen', () => {
  const key = join('x7Kp2', 'mQ9vL4', 'sTz8Wb1n');
  assert.ok(rules(`client_secret_token = "${key}"`).some((hit) => hit === `generic-api-key ${key}`));
});

test('a secret longer than the window around its keyword is found to its end', () => {
  const bytes = Array.from({ length: 900 }, (_, index) => (index * index * 31 + index * 7) % 251);
  const long = join('ops', '_eyJ', Buffer.from(bytes).toString('base64'));
  const hits = rules(`use ${long} now`);
  assert.deepEqual(hits, [`1password-service-account-token ${long}`]);
});

test('an allow list for all of the match is asked about all of it', () => {
  assert.deepEqual(rules('primary_key = "a8f5f167f44f4964e6c998dee827110c"'), []);
});

test('what is cut off, spoken, or in an address is a secret too', () => {
  const word = join('c0rrect', 'H0rse');
  assert.deepEqual(rules(`postgres://app:${word}@db.internal/main`), [`url-credentials ${word}`]);
  assert.deepEqual(rules(`the password is ${word}, tell nobody`), [`spoken-password ${word}`]);
  assert.deepEqual(rules(`DB_PASSWORD=${word}`), [`environment-value ${word}`]);
  assert.deepEqual(rules(`password: '${word}'`), [`assigned-password ${word}`]);
});

test('stand-ins and ordinary sentences are no secrets', () => {
  for (const text of [
    'the password is wrong',
    'password: string;',
    'API_KEY=$API_KEY',
    'password = os.environ["X"]',
    'API_KEY=<your key>',
    'https://user@host/path',
    'http://localhost:8877/openai',
    'Bearer authentication',
    'basic understanding of things',
    'token: process.env.TOKEN',
    "password: '[SECRET_1]'",
    'sk-loading-spinner-container-large',
  ])
    assert.deepEqual(rules(text), [], text);
});

test('pace is asked while a text is searched, and can stop it', () => {
  const stop = (): void => {
    throw new Error('enough');
  };
  assert.throws(() => finder.find('api_key '.repeat(10), () => false, stop), /enough/);
});
