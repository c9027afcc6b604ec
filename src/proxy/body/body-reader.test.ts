import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import type { ReadBody } from '../call.ts';
import { BodyReader } from './body-reader.ts';
import { BodyDecoder, type Decoded } from './decode-body.ts';

const LIMITS = { bytesMax: 1_000_000, msMax: 5_000 };
const BODY = { model: 'gpt-4o', messages: [{ role: 'user', content: 'größe ☃ '.repeat(40) }] };
const PLAIN = Buffer.from(JSON.stringify(BODY));

type Encode = (body: Buffer) => Buffer;
const CODINGS: Readonly<Record<string, Encode>> = {
  gzip: (body) => gzipSync(body),
  'x-gzip': (body) => gzipSync(body),
  GZip: (body) => gzipSync(body),
  deflate: (body) => deflateSync(body),
  br: (body) => brotliCompressSync(body),
  zstd: (body) => zstdCompressSync(body),
  identity: (body) => body,
};

function read(body: Buffer, encoding?: string, limits = LIMITS): Promise<ReadBody> {
  const headers = encoding === undefined ? {} : { 'content-encoding': encoding };
  return new BodyReader(limits.bytesMax, limits.msMax).readWhole(body, headers);
}

for (const [name, encode] of Object.entries(CODINGS)) {
  test(`a body in ${name} is read, and stays as it came`, async () => {
    const body = encode(PLAIN);
    const { bytes, document, unread } = await read(body, name);
    assert.deepEqual([bytes, document, unread], [body, BODY, null]);
  });
}

test('raw deflate, and codings on top of each other, are read', async () => {
  assert.deepEqual((await read(deflateRawSync(PLAIN), 'deflate')).document, BODY);
  const stacked = gzipSync(zstdCompressSync(brotliCompressSync(PLAIN)));
  assert.deepEqual((await read(stacked, 'br, zstd,gzip')).document, BODY);
  assert.deepEqual((await read(gzipSync(PLAIN), ' identity , gzip ')).document, BODY);
});

test('what a body is decides, where its header says something else or nothing', async () => {
  for (const encode of [CODINGS.gzip, CODINGS.zstd, CODINGS.deflate] as Encode[])
    assert.deepEqual((await read(encode(PLAIN))).document, BODY);
  assert.deepEqual((await read(PLAIN, 'gzip')).document, BODY);
  assert.deepEqual((await read(PLAIN, 'aws-chunked')).document, BODY);
});

test('several gzip members, as some writers make, are one document', async () => {
  const half = Math.floor(PLAIN.length / 2);
  const members = Buffer.concat([gzipSync(PLAIN.subarray(0, half)), gzipSync(PLAIN.subarray(half))]);
  assert.deepEqual((await read(members, 'gzip')).document, BODY);
});

test('what cannot be read says why, and has no document', async () => {
  const cases: readonly (readonly [Buffer, string | undefined, RegExp])[] = [
    [Buffer.from('hello'), undefined, /no JSON/],
    [Buffer.alloc(0), undefined, /empty/],
    [gzipSync(Buffer.from('hello')), 'gzip', /decoded it is no JSON/],
    [gzipSync(PLAIN).subarray(0, 20), 'gzip', /no gzip/],
    [gzipSync(PLAIN), 'compress', /"compress" is not known/],
    [gzipSync(PLAIN), 'constructor', /"constructor" is not known/],
    [PLAIN.subarray(1), 'gzip,gzip,gzip,gzip,gzip', /5 times/],
  ];
  for (const [body, encoding, why] of cases) {
    const { document, text, unread } = await read(body, encoding);
    assert.match(unread ?? '', why);
    assert.deepEqual([document, text], [undefined, null]);
  }
});

test('a small body that becomes a large one is given up at the bound', async () => {
  const bomb = Buffer.from(JSON.stringify({ model: 'x', pad: ' '.repeat(2_000_000) }));
  for (const [coding, encode] of [
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
    ['br', brotliCompressSync],
  ] as const)
    assert.match((await read(encode(bomb), coding)).unread ?? '', /larger than 1000000 bytes/, coding);
  const twice = gzipSync(gzipSync(Buffer.alloc(50_000_000)));
  assert.match((await read(twice, 'gzip, gzip')).unread ?? '', /larger than/);
});

test('what several bodies become together is bounded, and given back when they are done', async () => {
  const decoder = new BodyDecoder({ bytesMax: 3_000_000, msMax: 60_000, togetherBytesMax: 4_000_000 });
  const body = gzipSync(Buffer.alloc(2_900_000));
  const decode = (): Promise<Decoded> => decoder.decode(body, ['gzip']);
  const reasons = (await Promise.all([decode(), decode(), decode()])).map(({ reason }) => reason);
  assert.ok(reasons.includes('too much is being decoded at once'), String(reasons));
  assert.equal((await decode()).reason, null);
});

test('decoding that takes too long is given up', async () => {
  const body = gzipSync(Buffer.alloc(30_000_000));
  const { unread } = await read(body, 'gzip', { bytesMax: 1e9, msMax: 1 });
  assert.match(unread ?? '', /longer than 0.001 s/);
});

test('any bytes under any coding are read or refused, never a fault', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('gzip', 'deflate', 'br', 'zstd', undefined),
      fc.boolean(),
      async (bytes, coding, isDamaged) => {
        const source = isDamaged ? gzipSync(Buffer.from(bytes)).subarray(0, -3) : Buffer.from(bytes);
        const result = await read(source, coding);
        if (result.document === undefined) assert.notEqual(result.unread, null);
      },
    ),
    { numRuns: 200 },
  );
});

test('a body with more members than can be read while others wait is not read', async () => {
  const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`key${index}`, index]));
  const body = Buffer.from(JSON.stringify({ model: 'gpt-4o', many }));
  for (const [bytes, encoding] of [
    [body, undefined],
    [gzipSync(body), 'gzip'],
  ] as const)
    assert.match((await read(bytes, encoding)).unread ?? '', /more than 50000 members/);
});

const LARGE = JSON.stringify({
  ...BODY,
  pad: 'größe "☃"\\ '.repeat(40_000),
  list: [1.5, -0, null, true, { a: [] }],
});
const LARGE_FORMS: Readonly<Record<string, readonly [Buffer, string?]>> = {
  plain: [Buffer.from(LARGE)],
  'a byte order mark': [Buffer.from(`\ufeff${LARGE}`)],
  'UTF-16': [Buffer.from(`\ufeff${LARGE}`, 'utf16le')],
  'comments and NaN': [Buffer.from(LARGE.replace('{', '{/* x */').replace('1.5', 'NaN'))],
  gzip: [gzipSync(LARGE), 'gzip'],
  'zstd in gzip': [gzipSync(zstdCompressSync(LARGE)), 'zstd, gzip'],
};

for (const [name, [body, encoding]] of Object.entries(LARGE_FORMS)) {
  test(`a large body, ${name}, is read in another thread while the loop goes on`, async () => {
    const headers = encoding === undefined ? {} : { 'content-encoding': encoding };
    const reader = new BodyReader(10_000_000);
    assert.equal(reader.readAtOnce(body, headers), null);
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      if (turns > 0) timer = setImmediate(turn);
    };
    let timer = setImmediate(turn);
    const { bytes, document, text, unread } = await reader.readWhole(body, headers);
    clearImmediate(timer);
    assert.ok(turns > 1, 'the loop stood still');
    assert.ok(bytes === body && unread === null && text !== null);
    const wanted = JSON.parse(LARGE) as { list: unknown[] };
    const isOdd = name === 'comments and NaN';
    const first = isOdd ? '' : 1.5;
    assert.ok(isDeepStrictEqual(document, { ...wanted, list: [first, ...wanted.list.slice(1)] }));
    if (!isOdd) assert.ok(isDeepStrictEqual(JSON.parse(text.toString().replace(/^\ufeff/, '')), wanted));
  });
}

test('what of a large body cannot be read says why, and the next one is read', async () => {
  const wide = JSON.stringify(
    Object.fromEntries(Array.from({ length: 30_000 }, (_, at) => [`key${at}`, at])),
  );
  const deep = `{"pad":"${'x'.repeat(300_000)}","deep":${'['.repeat(90_000)}${']'.repeat(90_000)}}`;
  const cases: readonly (readonly [string, RegExp])[] = [
    ['x'.repeat(300_000), /it is no JSON/],
    [wide, /more than 50000 members/],
    [`[${'1,'.repeat(2_000_000)}1]`, /more than 50000 members/],
    [deep, /nested too deeply/],
    [`{"user":"a","pad":"${'x'.repeat(300_000)}","user":"b"}`, /a name comes twice/],
    ['{"user":"a","user":"b"}', /a name comes twice/],
  ];
  const reader = new BodyReader(10_000_000);
  for (const [body, why] of cases) {
    const { unread, text } = await reader.readWhole(Buffer.from(body), {});
    assert.match(unread ?? '', why);
    assert.equal(text, null);
  }
  assert.ok(isDeepStrictEqual((await reader.readWhole(Buffer.from(LARGE), {})).document, JSON.parse(LARGE)));
});

test('a very large body comes as a digest, with the same facts, however it is coded', async () => {
  const reader = new BodyReader(20_000_000);
  const asked = {
    messages: [{ role: 'user', content: `${'größe ☃ '.repeat(400_000)}last` }],
    model: 'gpt-4o',
  };
  const plain = Buffer.from(JSON.stringify(asked));
  const wide = Buffer.from(`\ufeff${JSON.stringify(asked)}`, 'utf16le');
  for (const [body, headers] of [
    [plain, {}],
    [wide, {}],
    [gzipSync(plain), { 'content-encoding': 'gzip' }],
  ] as const) {
    const { document, digest, text, unread } = await reader.readWhole(body, headers);
    assert.deepEqual([unread, (document as typeof asked).model], [null, 'gpt-4o']);
    assert.ok(text?.equals(plain) && digest !== null);
    assert.equal(digest.prompt.bytes, Buffer.byteLength(asked.messages[0]?.content ?? ''));
    assert.ok(digest.prompt.newest.endsWith('☃ last'));
    assert.ok(JSON.stringify(document).length < 1000);
  }
});

test('names without end are not read', async () => {
  const body = Buffer.from(JSON.stringify({ model: 'm', x: { ['n'.repeat(3_000_000)]: 1 } }));
  const { unread, document } = await new BodyReader(20_000_000).readWhole(body, {});
  assert.deepEqual([document, unread], [undefined, 'the names of its members are too long']);
});
