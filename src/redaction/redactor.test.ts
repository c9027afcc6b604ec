import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseExactly } from './exact-json.ts';
import { Numbering } from './numbering.ts';
import { RedactionOverBudget, Redactor } from './redactor.ts';

const KEY = Buffer.from('a key of this test');
const redactor = new Redactor({ spentMs: () => 0, budgetMs: 1 });
const text = (given: string): string => redactor.redactText(given, new Numbering(KEY));
const json = <T>(given: T): T => redactor.redact(given, new Numbering(KEY));
/** Of a form that is known, and invented. Put together here: the file itself must hold none. */
const token = (letter = 'Q'): string => ['ghp', `${letter}w3rTy7uI0pAs5dFgHjKl2ZxCvBnM8q1W4e6`].join('_');
const password = ['hunter', '2hunter'].join('');

test('personal data and secrets in a text are replaced, and the rest stays', () => {
  assert.equal(
    text(`Mail jane.doe@corp.example, then use ${token()} on 10.11.12.13.`),
    'Mail [EMAIL_1], then use [SECRET_1] on [IP_1].',
  );
});

test('the same value has the same number in every turn, and another one another', () => {
  const numbering = new Numbering(KEY);
  const first = redactor.redactText('a@corp.example and b@corp.example', numbering);
  const second = redactor.redactText('again B@corp.example, a@corp.example, c@corp.example', numbering);
  assert.equal(first, '[EMAIL_1] and [EMAIL_2]');
  assert.equal(second, 'again [EMAIL_2], [EMAIL_1], [EMAIL_3]');
});

test('numbers go on after a restart, and what is kept for it holds no value', () => {
  const before = new Numbering(KEY);
  redactor.redactText('a@corp.example b@corp.example', before);
  const kept = JSON.stringify(before.state);
  assert.doesNotMatch(kept, /corp/);
  const after = new Numbering(KEY, JSON.parse(kept));
  assert.equal(redactor.redactText('b@corp.example', after), '[EMAIL_2]');
  assert.notDeepEqual(
    new Numbering(Buffer.from('another'), JSON.parse(kept)).standIn('EMAIL', 'b@corp.example'),
    '[EMAIL_2]',
  );
});

test('a secret beside a stand-in, or with one inside, is hidden, and a stand-in is left alone', () => {
  for (const [given, kept] of [
    ['password = "[EMAIL_1]hunter2-real-S3cret"', 'password = "[EMAIL_1][SECRET_1]"'],
    ['DB_PASSWORD=s3cret[IP]Passw0rdX9', 'DB_PASSWORD=[SECRET_1][IP][SECRET_2]'],
    ['password = "[SECRET_4]"', 'password = "[SECRET_4]"'],
  ] as const) {
    const numbering = new Numbering(Buffer.from('key'));
    assert.equal(redactor.redactText(given, numbering), kept);
    assert.equal(redactor.redactText(kept, numbering), kept);
  }
});

test('a field with a secret name hides its text, not its numbers, truths or stand-ins', () => {
  const given = {
    password,
    max_tokens: 4096,
    token_count: 12,
    prompt_tokens: 3,
    apiKey: true,
    secret: null,
    api_key: '$' + '{API_KEY}',
    'x-api-key': password,
    dbPassword: password,
    headers: { Authorization: `Bearer ${password}`, cookie: `a=${password}` },
    passwords_allowed: 'several words of prose',
  };
  assert.deepEqual(json(given), {
    ...given,
    password: '[SECRET_1]',
    'x-api-key': '[SECRET_1]',
    dbPassword: '[SECRET_1]',
    headers: { Authorization: '[SECRET_2]', cookie: '[SECRET_3]' },
  });
});

test('a name in another field tells what a value is', () => {
  const given = {
    env: [
      { name: 'DB_PASSWORD', value: password },
      { name: 'MODE', value: 'production' },
    ],
  };
  assert.deepEqual(json(given), {
    env: [
      { name: 'DB_PASSWORD', value: '[SECRET_1]' },
      { name: 'MODE', value: 'production' },
    ],
  });
});

test('JSON in a string, as tool arguments are, is read as JSON, in depth', () => {
  const inner = JSON.stringify({
    to: 'jane@corp.example',
    nested: JSON.stringify({ client_secret: password }),
  });
  const kept = json({ arguments: inner });
  const parsed = JSON.parse(kept.arguments);
  assert.equal(parsed.to, '[EMAIL_1]');
  assert.deepEqual(JSON.parse(parsed.nested), { client_secret: '[SECRET_1]' });
});

test('JSON in a string that holds nothing keeps its spelling', () => {
  const given = { arguments: '{ "a" :  1.50, "b": 12345678901234567890 }' };
  assert.equal(json(given), given);
});

test('numbers beyond 2^53 keep their digits', () => {
  const given = parseExactly('{"id": 12345678901234567890, "mail": "a@corp.example", "x": 1.10}');
  assert.equal(JSON.stringify(json(given)), '{"id":12345678901234567890,"mail":"[EMAIL_1]","x":1.10}');
});

test('escaped quotes and unseen characters do not hide a secret', () => {
  const hidden = token().replace('7', '7\u200b');
  assert.equal(text(`take ${hidden} now`), 'take [SECRET_1] now');
  assert.match(
    text(`log: {\\"password\\":\\"${password}\\"} end`),
    /^log: \{\\"password\\":\\?"?\[SECRET_1\].* end$/,
  );
});

test('what only looks like data stays: ids, digests, models, versions, usage, log probabilities', () => {
  const given = {
    id: 'chatcmpl-BQ7dZmGk3hT9pX2wVsLq8RfY',
    model: 'claude-sonnet-4-5-20250929',
    tool_use_id: 'toolu_01A09q90qw90lq917835lq9',
    system_fingerprint: 'fp_44709d6fcb',
    cache_key: `sha256:${'0123456789abcdef'.repeat(4)}`,
    commit: '5f2d9b3c1a4e6f708192a3b4c5d6e7f809123456',
    token: ' Hello',
    usage: { prompt_tokens: 10, completion_tokens_details: { reasoning_tokens: 0 } },
    logit_bias: { '50256': -100 },
    note: 'Version 1.2.3.4 of 2026-11-25 costs 1234567890123456 units; std::vec::Vec, 12:30:45.',
    uuid_token: '0b7c9f1e-6f0d-4c8e-9a5b-2f6f1c3d4e5a',
  };
  assert.equal(json(given), given);
});

test('long base64 is left alone, a key of known form before it is not', () => {
  const picture = Buffer.from(Array.from({ length: 900 }, (_, index) => (index * 7919) % 251)).toString(
    'base64',
  );
  assert.equal(text(`data:image/png;base64,${picture}`), `data:image/png;base64,${picture}`);
  const given = { source: { type: 'base64', media_type: 'image/png', data: picture } };
  assert.equal(json(given), given);
  assert.equal(text(`${token()} ${picture}`), `[SECRET_1] ${picture}`);
});

test('a private key is hidden whole, also where its end is cut off', () => {
  const begin = ['-----BEGIN', 'RSA PRIVATE', 'KEY-----'].join(' ');
  const end = ['-----END', 'RSA PRIVATE', 'KEY-----'].join(' ');
  const lines = Array.from({ length: 20 }, (_, line) => `MIIEowIBAAKCAQEA${line}`.padEnd(64, 'xYz9')).join(
    '\n',
  );
  assert.equal(text(`See:\n${begin}\n${lines}\n${end}\nthanks`), 'See:\n[SECRET_1]\nthanks');
  assert.doesNotMatch(text(`See:\n${begin}\n${lines}`), /MIIE|xYz9/);
});

test('over its time nothing comes back', () => {
  let now = 0;
  const slow = new Redactor({ spentMs: () => (now += 10), budgetMs: 25 });
  assert.throws(() => slow.redact(['a', 'b', 'c', 'd'], new Numbering(KEY)), RedactionOverBudget);
});

test('what is nested deeper than can be walked is not written', () => {
  let deep: unknown = 'x';
  for (let level = 0; level < 600; level += 1) deep = [deep];
  assert.throws(() => json(deep), RedactionOverBudget);
});

test('redacted once is redacted for good, and shape and numbers stay', () => {
  const parts = fc.constantFrom(
    'jane@corp.example',
    token(),
    '+49 30 901820',
    '4111 1111 1111 1111',
    'word',
    '"',
    '\\',
  );
  const strings = fc
    .array(fc.oneof(parts, fc.string({ maxLength: 12 })), { maxLength: 6 })
    .map((all) => all.join(' '));
  fc.assert(
    fc.property(
      fc.object({
        key: fc.constantFrom('text', 'password', 'x', 'api_key'),
        values: [strings, fc.integer()],
      }),
      (given) => {
        const once = json(given);
        assert.deepEqual(json(once), once);
        assert.doesNotMatch(JSON.stringify(once), /corp\.example|ghp_|901820|4111 1111/);
        assert.deepEqual(shape(once), shape(given));
      },
    ),
    { numRuns: 200 },
  );
});

function shape(value: unknown): unknown {
  if (typeof value === 'string') return 'text';
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([name, inner]) => [name, shape(inner)]);
}
