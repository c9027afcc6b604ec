import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SseDecoder } from './sse-decoder.ts';

function decodeAll(chunks: readonly Uint8Array[]): string[] {
  const seen: string[] = [];
  const decoder = new SseDecoder((data) => seen.push(data));
  for (const chunk of chunks) decoder.push(chunk);
  decoder.flush();
  return seen;
}

const TRICKY =
  '\uFEFFdata: eins\n\n: comment\r\nevent: x\r\ndata:zwei\r\ndata: 2½ ⚡\r\n\r\nid: 4\n\ndata\n\ndata: {"a":"b\\n"}\rretry: 3\r\rdata: last 語';

test('line ends, comments, several data lines, a byte order mark and an open end are understood', () => {
  assert.deepEqual(decodeAll([Buffer.from(TRICKY)]), ['eins', 'zwei\n2½ ⚡', '', '{"a":"b\\n"}', 'last 語']);
});

test('the events are the same at every cut', () => {
  const bytes = Buffer.from(TRICKY);
  const whole = decodeAll([bytes]);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    assert.deepEqual(decodeAll([bytes.subarray(0, cut), bytes.subarray(cut)]), whole, `cut at ${cut}`);
  }
});

test('random streams decode to what was encoded, in pieces of any size', () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n\uFEFF]/g, ''));
  const ends = fc.constantFrom('\n', '\r\n', '\r');
  fc.assert(
    fc.property(
      fc.array(fc.array(line, { minLength: 1 })),
      ends,
      fc.nat({ max: 30 }),
      (events, end, size) => {
        const text = events
          .map((lines) => lines.map((part) => `data: ${part}${end}`).join('') + end)
          .join('');
        const bytes = Buffer.from(text);
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size + 1) chunks.push(bytes.subarray(at, at + size + 1));
        assert.deepEqual(
          decodeAll(chunks),
          events.map((lines) => lines.join('\n')),
        );
      },
    ),
  );
});

test('runs of blank lines, of every kind and over every cut, part events and are none', () => {
  const blanks = ['\n\n\n', '\r\n\r\n\r\n', '\r\r\r', '\n\r\n\r\n', '\r\n\n\r'];
  for (const blank of blanks) {
    const bytes = Buffer.from(`${blank}data: 1${blank}: no\ndata: 2\r${blank}${blank}data: 3`);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const found: string[] = [];
      const decoder = new SseDecoder((data) => found.push(data));
      decoder.push(bytes.subarray(0, cut));
      decoder.push(bytes.subarray(cut));
      decoder.flush();
      assert.deepEqual(found, ['1', '2', '3'], JSON.stringify([blank, cut]));
    }
  }
});

test('an event is told to be an error by its name, and by no other line', () => {
  const seen: [string, boolean][] = [];
  const decoder = new SseDecoder((data, isError) => seen.push([data, isError]));
  decoder.push(
    Buffer.from(
      'event: error\ndata: a\n\ndata: b\n\nevent:error\n\ndata: c\n\nevent: errors\ndata: d\n\nevent: error\nevent: ping\ndata: e\n\ndata: error\n\n',
    ),
  );
  assert.deepEqual(seen, [
    ['a', true],
    ['b', false],
    ['c', false],
    ['d', false],
    ['e', false],
    ['error', false],
  ]);
});

test('the data of a large event is handed out as it came, in its place', () => {
  const large = 'größe '.repeat(60_000);
  for (const end of ['\n', '\r\n', '\r']) {
    const lines = [
      'data: a',
      '',
      `data: ${large}`,
      '',
      'data: b',
      '',
      `data:${large}`,
      `data: ${large}`,
      '',
      'data: c',
    ];
    const bytes = Buffer.from(lines.join(end));
    for (const size of [1_000_000, 70_000, 4097]) {
      const seen: string[] = [];
      let handedOut = 0;
      const decoder = new SseDecoder(
        (data) => seen.push(data),
        (pieces) => {
          handedOut += 1;
          seen.push(Buffer.concat(pieces).toString('utf8'));
        },
      );
      for (let at = 0; at < bytes.length; at += size) decoder.push(bytes.subarray(at, at + size));
      decoder.flush();
      assert.deepEqual(seen, ['a', large, 'b', `${large}\n${large}`, 'c']);
      assert.equal(handedOut, 2);
    }
  }
});

test('an event of very many lines is as many events, and the next one is one again', () => {
  const lines = 25_000;
  const seen = decodeAll([Buffer.from(`${'data: 1\n'.repeat(lines)}\ndata: 2\ndata: 3\n\n`)]);
  assert.equal(seen.length, lines + 1);
  assert.deepEqual(new Set(seen.slice(0, lines)), new Set(['1']));
  assert.equal(seen.at(-1), '2\n3');
});
