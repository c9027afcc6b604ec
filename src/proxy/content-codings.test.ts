import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { decodedStart, decodedText, isExpandedTooFar } from './content-codings.ts';

const TEXT = 'Unknown parameter: stream_options. Größe';
const bytes = Buffer.from(TEXT);

test('a short text is read in each coding, and in those that can be told without a name', () => {
  const coded: readonly (readonly [coding: string | null, body: Buffer])[] = [
    [null, bytes],
    ['identity', bytes],
    ['gzip', gzipSync(bytes)],
    ['X-GZip', gzipSync(bytes)],
    ['deflate', deflateSync(bytes)],
    ['deflate', deflateRawSync(bytes)],
    ['br', brotliCompressSync(bytes)],
    ['zstd', zstdCompressSync(bytes)],
    [null, gzipSync(bytes)],
    [null, zstdCompressSync(bytes)],
  ];
  for (const [coding, body] of coded) assert.equal(decodedText(body, coding), TEXT, String(coding));
});

test('the beginning of a text that goes on is read, as far as its first bytes tell it', () => {
  const long = Buffer.from(TEXT.repeat(50));
  const coded: readonly (readonly [coding: string | null, body: Buffer])[] = [
    [null, long],
    ['gzip', gzipSync(long)],
    ['deflate', deflateSync(long)],
    ['deflate', deflateRawSync(long)],
    ['br', brotliCompressSync(long)],
    ['zstd', zstdCompressSync(long)],
    [null, gzipSync(long)],
  ];
  for (const [coding, body] of coded) {
    assert.equal(decodedStart(body, coding), String(long), String(coding));
    const start = decodedStart(body.subarray(0, -1), coding);
    assert.ok(start !== null && String(long).startsWith(start.replace(/\ufffd$/, '')), String(coding));
  }
  assert.match(decodedStart(gzipSync(long).subarray(0, -8), 'gzip') ?? '', /^Unknown parameter/);
  assert.equal(decodedStart(bytes, 'gzip'), null);
});

test('what cannot be read is not taken for a text, and none becomes too long', () => {
  assert.equal(decodedText(bytes, 'gzip'), null);
  assert.equal(decodedText(gzipSync(bytes).subarray(0, 20), 'gzip'), null);
  assert.equal(decodedText(bytes, 'compress'), null);
  assert.equal(decodedText(gzipSync(gzipSync(bytes)), 'gzip, gzip'), null);
  assert.equal(decodedText(gzipSync(Buffer.alloc(8 * 1024 * 1024)), 'gzip'), null);
});

test('an answer may become 32 MB, or 200 times what it was, and never more than 2 GB', () => {
  const [megabyte, gigabyte] = [1024 ** 2, 1024 ** 3];
  for (const [encoded, decoded] of [
    [1, 32 * megabyte],
    [megabyte, 200 * megabyte],
    [gigabyte, 2 * gigabyte],
  ] as const) {
    assert.equal(isExpandedTooFar(encoded, decoded), false, `${encoded} ${decoded}`);
    assert.equal(isExpandedTooFar(encoded, decoded + 1), true, `${encoded} ${decoded}`);
  }
});
