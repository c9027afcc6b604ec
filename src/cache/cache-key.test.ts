import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyMaker, type KeyRequest } from './cache-key.ts';
import { canonicalMembers, canonicalNumber } from './canonical-json.ts';

const keys = new KeyMaker(Buffer.alloc(32, 7));

function keyOf(body: unknown, more: Partial<KeyRequest> = {}): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const key = keys.make({
    protocol: 'anthropic',
    endpoint: 'messages',
    url: 'https://api.example.com/v1/messages',
    rawHeaders: ['X-Api-Key', 'secret-a', 'anthropic-version', '2023-06-01'],
    body: text,
    audience: { share: 'caller' },
    ...more,
  });
  assert.ok(key !== null, text);
  return key.id;
}

const member = fc.constantFrom(
  'model',
  'system',
  'tools',
  'messages',
  'temperature',
  'text',
  'seed',
  'unheard_of',
  'constructor',
);
const body = fc.dictionary(member, fc.jsonValue({ maxDepth: 4 }), { noNullPrototype: true });

/** The same value written differently: names reversed, spaces, escapes. */
function rewritten(value: unknown): string {
  if (Array.isArray(value)) return `[ ${value.map(rewritten).join(' ,\n')} ]`;
  if (typeof value === 'string') return escaped(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).reverse();
  return `{\t${members.map(([name, inner]) => `${escaped(name)} :\r\n${rewritten(inner)}`).join(' , ')}}`;
}

function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}

test('another spelling of the same body has the same key', () => {
  fc.assert(
    fc.property(body, (value) => {
      assert.equal(keyOf(rewritten(value)), keyOf(value));
    }),
  );
});

test('another value has another key', () => {
  fc.assert(
    fc.property(body, body, (a, b) => {
      assert.equal(keyOf(a) === keyOf(b), rewritten(sorted(a)) === rewritten(sorted(b)));
    }),
    { numRuns: 500 },
  );
});

/** With names in order, and without -0, which is 0. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}

test('changing any one field, at any depth, changes the key', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean());
  fc.assert(
    fc.property(
      body,
      member,
      fc.array(fc.constantFrom('content', 'input', 'name'), { maxLength: 4 }),
      leaf,
      leaf,
      (value, name, path, before, after) => {
        fc.pre(before !== after);
        const nested = (inner: unknown): unknown =>
          path.reduceRight<unknown>((held, step) => [{ [step]: held }], inner);
        assert.notEqual(
          keyOf({ ...value, [name]: nested(before) }),
          keyOf({ ...value, [name]: nested(after) }),
        );
      },
    ),
  );
});

test('order of turns, and a word moved from one field to another, change the key', () => {
  const turns = [
    { role: 'user', content: 'a' },
    { role: 'user', content: 'b' },
  ];
  assert.notEqual(keyOf({ messages: turns }), keyOf({ messages: turns.toReversed() }));
  assert.notEqual(keyOf({ system: 'a', input: 'b' }), keyOf({ instructions: 'a', input: 'b' }));
  assert.notEqual(keyOf({ system: 'ab' }), keyOf({ system: 'a', text: 'b' }));
});

test('how an answer is delivered does not change the key', () => {
  const plain = { model: 'm', messages: [] };
  const hints = { stream: true, stream_options: { include_usage: true }, prompt_cache_key: 'k' };
  assert.equal(keyOf({ ...plain, ...hints }), keyOf(plain));
  assert.notEqual(keyOf({ ...plain, metadata: hints }), keyOf({ ...plain, metadata: {} }));
});

test('callers, addresses and headers with a meaning are kept apart', () => {
  const headers = (...rawHeaders: string[]): string => keyOf({}, { rawHeaders });
  assert.notEqual(headers('x-api-key', 'a'), headers('x-api-key', 'b'));
  assert.notEqual(headers('authorization', 'Bearer a'), headers('x-api-key', 'Bearer a'));
  assert.notEqual(headers('authorization', 'Bearer a'), headers());
  assert.notEqual(headers('cookie', 'a=1'), headers('cookie', 'a=2'));
  assert.notEqual(headers('anthropic-beta', 'a'), headers('anthropic-beta', 'b'));
  assert.notEqual(headers('x-unheard-of', 'a'), headers('x-unheard-of', 'b'));
  assert.equal(headers('User-Agent', 'a', 'X-API-KEY', 'k'), headers('x-api-key', 'k', 'user-agent', 'b'));
  assert.equal(headers('x-stainless-retry-count', '1', 'traceparent', 'x'), headers());
  assert.notEqual(keyOf({}, { url: 'https://other.example.com/v1/messages' }), keyOf({}));
  assert.notEqual(keyOf({}, { protocol: 'openai' }), keyOf({}));
  assert.notEqual(keyOf({}, { endpoint: 'responses' }), keyOf({}));
});

test('an audience is told apart from every other, and shares across credentials only itself', () => {
  const asked = (audience: KeyRequest['audience'], secret: string): string =>
    keyOf({ model: 'm' }, { audience, rawHeaders: ['x-api-key', secret] });
  const name = fc.oneof(fc.string(), fc.constantFrom('all', 'caller', '"all"', '{"app":"all"}', '[]'));
  fc.assert(
    fc.property(name, name, name, name, (app, other, secret, another) => {
      const own = asked({ share: 'caller' }, secret);
      const byApp = asked({ share: 'app', app }, secret);
      const byAll = asked({ share: 'all' }, secret);
      assert.equal(new Set([own, byApp, byAll]).size, 3);
      assert.equal(asked({ share: 'app', app }, another), byApp);
      assert.equal(asked({ share: 'all' }, another), byAll);
      assert.equal(asked({ share: 'caller' }, another) === own, secret.trim() === another.trim());
      assert.equal(asked({ share: 'app', app: other }, another) === byApp, app === other);
    }),
  );
});

test('a key tells nothing without its secret', () => {
  const request = {
    protocol: 'p',
    endpoint: 'e',
    url: 'u',
    rawHeaders: [],
    body: '{}',
    audience: { share: 'all' },
  } as const;
  const others = new KeyMaker(Buffer.alloc(32, 8)).make(request);
  const own = keys.make(request);
  for (const [part, hash] of Object.entries(own?.parts ?? {}))
    assert.notEqual(hash, others?.parts[part as keyof typeof others.parts]);
});

test('a name that occurs twice, what is no object, and what is no JSON have no canonical form', () => {
  for (const text of [
    '{"a":1,"a":2}',
    '{"b":{"a":1,"\\u0061":1}}',
    '[]',
    '1',
    '',
    '{',
    '{"a":}',
    '{"a":1} x',
    '{"a":1,}',
    '{"a":nul}',
  ])
    assert.equal(canonicalMembers(text), null, text);
  assert.equal(canonicalMembers(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`), null);
  // One that has too many parts would keep others waiting.
  const numbers = (count: number): string => JSON.stringify({ a: Array.from({ length: count }, () => 1) });
  assert.notEqual(canonicalMembers(numbers(19_000)), null);
  assert.equal(canonicalMembers(numbers(20_000)), null);
});

test('whatever JSON.parse takes and names nothing twice is read to the same value', () => {
  fc.assert(
    fc.property(body, (value) => {
      const members = canonicalMembers(rewritten(value));
      assert.ok(members !== null);
      const read = Object.fromEntries(
        [...members].map(([name, text]) => [name, JSON.parse(text) as unknown]),
      );
      assert.deepEqual(read, sorted(value));
    }),
  );
});

test('numbers are equal by value, and digits past a double still count', () => {
  for (const same of [
    ['1', '1.0', '1e0', '10e-1', '0.1e1'],
    ['0', '-0', '0.00', '0e5'],
    ['120', '1.2e2', '1.20E+2'],
  ])
    assert.equal(new Set(same.map(canonicalNumber)).size, 1, same.join());
  for (const [a, b] of [
    ['12345678901234567890', '12345678901234567891'],
    ['0.1', '0.10000000000000001'],
    ['1e400', '1e401'],
    ['1e-400', '0'],
    ['1e-400', '2e-400'],
    ['-1', '1'],
  ])
    assert.notEqual(canonicalNumber(a ?? ''), canonicalNumber(b ?? ''));
});

test('what Claude Code tells about billing does not part two requests, and nothing else of it joins them', () => {
  const block = (text: string) => ({ type: 'text', text });
  const header = (figure: string) => `x-anthropic-billing-header: cc_version=2.1.0; cch=${figure};`;
  const first = keyOf({ system: [block(header('a')), block('Be brief.')] });
  assert.equal(keyOf({ system: [block(header('b')), block('Be brief.')] }), first);
  assert.equal(keyOf({ system: [block('Be brief.')] }), first);
  assert.notEqual(keyOf({ system: [block(header('a')), block('Be long.')] }), first);
  assert.notEqual(keyOf({ system: [block(`About ${header('a')}`), block('Be brief.')] }), first);
  assert.equal(
    keyOf({ system: `${header('a')}\nBe brief.` }),
    keyOf({ system: `${header('b')}\nBe brief.` }),
  );
  assert.notEqual(keyOf({ system: [block(`${header('a')}\nBe brief.`)] }), keyOf({ system: [] }));
});

test('the session inside metadata.user_id does not part two requests; the user in it does', () => {
  const plain = (user: string, session: string) => ({
    metadata: { user_id: `user_${user}_account_1f2e_session_${session}` },
  });
  const json = (user: string, session: string) => ({
    metadata: { user_id: JSON.stringify({ device_id: user, account_uuid: 'a', session_id: session }) },
  });
  for (const metadata of [plain, json]) {
    assert.equal(keyOf(metadata('u1', 'a1b2-c3')), keyOf(metadata('u1', 'd4e5-f6')));
    assert.notEqual(keyOf(metadata('u1', 'a1')), keyOf(metadata('u2', 'a1')));
  }
  const other = (value: unknown) => keyOf({ metadata: value });
  assert.notEqual(other({ user_id: 'x', team: 'a' }), other({ user_id: 'x', team: 'b' }));
  assert.equal(new Set([other(null), other({}), other({ user_id: 7 }), other({ user_id: 'x' })]).size, 4);
});
