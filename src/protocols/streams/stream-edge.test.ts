import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Framing } from '../../core/protocol.ts';
import { exceptionMessage } from '../others/amazon-messages.ts';
import { FramedEvents } from './framed-events.ts';
import { edgeOf } from './stream-edge.ts';

/** Whole streams of three events that say 1, 2 and 3, and how a last one says 9. */
const element = (n: number): string => `{"n":${n},"t":"\\"]},{[\\\\","l":[1,{}]}`;
const STREAMS: Readonly<Record<Framing, { readonly whole: Buffer; readonly last: string | Uint8Array }>> = {
  events: {
    whole: Buffer.from([1, 2, 3].map((n) => `data: ${element(n)}\r\n\r\n`).join('')),
    last: `data: ${element(9)}\n\n`,
  },
  lines: { whole: Buffer.from([1, 2, 3].map((n) => `${element(n)}\n`).join('')), last: `${element(9)}\n` },
  list: { whole: Buffer.from(`[${[1, 2, 3].map(element).join(',\r\n')}\n]`), last: element(9) },
  messages: {
    whole: Buffer.concat([1, 2, 3].map((n) => exceptionMessage('chunk', element(n)))),
    last: exceptionMessage('endException', element(9)),
  },
};

/** The numbers that a stream says, as whoever reads it sees them. */
function numbersIn(framing: Framing, bytes: Buffer): readonly unknown[] {
  const found: unknown[] = [];
  if (framing === 'list') return (JSON.parse(bytes.toString()) as { n: number }[]).map(({ n }) => n);
  const events = new FramedEvents({
    data: (text) => found.push(JSON.parse(text).n),
    document: ({ chunk, error }) =>
      found.push(chunk !== undefined ? JSON.parse((chunk as { message: string }).message).n : error && 9),
    large: () => found.push('large'),
    raw: () => found.push('raw'),
  });
  events.framing = framing;
  events.push(bytes);
  return found;
}

for (const framing of Object.keys(STREAMS) as Framing[])
  test(`a stream ends behind a whole event wherever it is cut, and can be read: ${framing}`, () => {
    const { whole, last } = STREAMS[framing];
    fc.assert(
      fc.property(fc.nat(whole.length), fc.integer({ min: 1, max: 40 }), (cut, step) => {
        const edge = edgeOf(framing);
        const sent: Uint8Array[] = [];
        const send = (bytes: Uint8Array): void => {
          sent.push(bytes);
          edge.sent(bytes);
        };
        let at = 0;
        for (; at < cut; at += step) send(whole.subarray(at, Math.min(cut, at + step)));
        at = Math.min(at, cut);
        while (!edge.isWhole && at < whole.length) {
          const next = whole.subarray(at, at + step);
          const end = edge.endIn(next);
          send(end === -1 ? next : next.subarray(0, end));
          at += next.length;
          if (end !== -1) break;
        }
        const word = edge.lastWord(last);
        const got = numbersIn(framing, Buffer.concat([...sent, Buffer.from(word as string)]));
        const before = got.filter((n) => n !== 9);
        assert.deepEqual(before, [1, 2, 3].slice(0, before.length));
        // A list that has ended has no room for one more.
        if (word.length > 0) assert.equal(got.at(-1), 9);
        assert.ok(!got.includes('raw'));
      }),
      { numRuns: 200 },
    );
  });
