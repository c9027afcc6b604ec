import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { DecodingRoom } from '../../core/decoding-room.ts';
import { AnswerDecoder } from './answer-decoder.ts';

const TEXT = Buffer.alloc(2 * 1024 * 1024, 'some words that come again ');
const PACKED = brotliCompressSync(TEXT, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });

function opened(encoding: string, bytes: Buffer, room: DecodingRoom): AnswerDecoder {
  const decoder = AnswerDecoder.open(encoding, bytes, room);
  assert.ok(decoder !== null);
  return decoder;
}

test('few answers in brotli are decoded at a time, each to its end, and so are those behind one that fails or is given up', async () => {
  const room = new DecodingRoom();
  let [atWork, most, whole] = [0, 0, 0];
  const decode = async (encoding: string, bytes: Buffer): Promise<void> => {
    const decoder = opened(encoding, bytes, room);
    let told = 0;
    decoder.stream.on('data', ({ length }: Buffer) => {
      if (told === 0) most = Math.max(most, ++atWork);
      told += length;
    });
    decoder.stream.on('error', () => {});
    // In two parts: between them it has no turn.
    const half = bytes.length >> 1;
    const { promise, resolve } = Promise.withResolvers<void>();
    decoder.stream.on('close', resolve);
    decoder.onceDrained(() => {
      if (told > 0) atWork -= 1;
      told = 0;
      decoder.write(bytes.subarray(half));
      decoder.end();
    });
    decoder.write(bytes.subarray(0, half));
    if (bytes === GIVEN_UP) decoder.destroy();
    await promise;
    if (told > 0) atWork -= 1;
    if (bytes !== BROKEN && bytes !== GIVEN_UP) whole += 1;
  };
  const BROKEN = Buffer.concat([PACKED.subarray(0, 9), Buffer.alloc(50, 0xff)]);
  const GIVEN_UP = Buffer.from(PACKED);
  const twice = brotliCompressSync(gzipSync(TEXT));
  const all = Array.from({ length: 6 }, () => [
    ['br', PACKED] as const,
    ['br', BROKEN] as const,
    ['br', GIVEN_UP] as const,
    ['gzip, br', twice] as const,
  ]).flat();
  await Promise.all(all.map(([encoding, bytes]) => decode(encoding, bytes)));
  assert.ok(most <= 4 && most > 1, `${most} at a time`);
  assert.deepEqual([whole, room.bytes], [12, 0]);
});

test('what is decoded comes out as it was, however it was cut', async () => {
  const room = new DecodingRoom();
  for (const [encoding, bytes] of [
    ['br', PACKED],
    ['gzip', gzipSync(TEXT)],
    ['gzip, br', brotliCompressSync(gzipSync(TEXT))],
  ] as const) {
    const decoder = opened(encoding, bytes, room);
    const pieces: Buffer[] = [];
    decoder.stream.on('data', (piece: Buffer) => pieces.push(piece));
    for (let at = 0; at < bytes.length; at += 7) decoder.write(bytes.subarray(at, at + 7));
    decoder.end();
    await once(decoder.stream, 'end');
    assert.ok(Buffer.concat(pieces).equals(TEXT), encoding);
    assert.ok(decoder.isEmpty);
  }
});
