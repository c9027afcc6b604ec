import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOfEvent, endsEvent } from './event-boundary.ts';

test('an event ends at its blank line, with each kind of line end and at every cut', () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const event = `event: a${end}data: {"x":1}${end}`;
    const bytes = Buffer.from(`${event}${end}`);
    assert.ok(endsEvent(bytes), JSON.stringify(end));
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const rest = bytes.subarray(cut);
      const found = endOfEvent(bytes.subarray(0, cut), rest);
      // With the whole blank line: many clients look for `\r\n\r\n`, and would join what follows half of it.
      assert.equal(cut + found, bytes.length, `${JSON.stringify(end)} cut at ${cut}`);
      assert.ok(!endsEvent(bytes.subarray(0, cut)), `cut at ${cut}`);
    }
  }
});

test('an event that does not end in a chunk is still open', () => {
  assert.equal(endOfEvent(null, Buffer.from('data: {"text":"a\\n\\n"}\n')), -1);
  assert.equal(endOfEvent(Buffer.from('data: x\r\n'), Buffer.from('\r')), -1);
  assert.ok(!endsEvent(Buffer.from('data: x\n')));
  assert.ok(endsEvent(null));
});
