import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AskedTap } from './asked-tap.ts';

/** A client's frame: masked. */
function frame(text: string, opcode = 1): Buffer {
  const data = Buffer.from(text);
  const mask = Buffer.of(7, 1, 200, 3);
  const head = data.length < 126 ? [0x80 | data.length] : [0x80 | 126, data.length >> 8, data.length & 0xff];
  return Buffer.concat([
    Buffer.of(0x80 | opcode, ...head),
    mask,
    data.map((byte, at) => byte ^ (mask[at % 4] ?? 0)),
  ]);
}

test('the first two messages are read at every cut, and the bytes stay as they came', () => {
  const bytes = Buffer.concat([frame('{"setup":{"model":"m"}}'), frame('{"a":1}', 2), frame('{"b":2}')]);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const given = Buffer.from(bytes);
    const read: unknown[] = [];
    const tap = new AskedTap(undefined, (message) => read.push(message));
    tap.push(given.subarray(0, cut));
    tap.push(given.subarray(cut));
    assert.deepEqual(read, [{ setup: { model: 'm' } }, { a: 1 }], `cut at ${cut}`);
    assert.ok(given.equals(bytes));
  }
});

test('whatever a client sends, nothing throws and nothing is changed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.string({ maxLength: 200 }), (noise, text) => {
      const given = Buffer.concat([Buffer.from(noise), frame(text)]);
      const before = Buffer.from(given);
      new AskedTap(undefined, () => {}).push(given);
      assert.ok(given.equals(before));
    }),
  );
});
