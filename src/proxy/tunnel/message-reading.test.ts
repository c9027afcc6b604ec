import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageMeter, ParsedDocument } from '../../core/protocol.ts';
import { EMPTY_READING } from '../../protocols/meters/metering.ts';
import { MessageReading } from './message-reading.ts';

type Done = (parsed: ParsedDocument | null) => void;

/** A thread that answers when it is told to. */
function opened() {
  const events: unknown[] = [];
  const asked: { readonly pieces: readonly Uint8Array[]; readonly done: Done }[] = [];
  const meter: MessageMeter = {
    figures: 0,
    answerKey: null,
    read: (event) => events.push(event),
    reading: () => EMPTY_READING,
  };
  const guarded = {
    crash(fault: unknown) {
      throw fault;
    },
  };
  const parser = {
    parse: ({ pieces }: { readonly pieces: readonly Uint8Array[] }, done: Done) =>
      asked.push({ pieces, done }),
  };
  return { events, asked, parser, guarded, reading: new MessageReading(meter, parser, guarded) };
}

const message = (name: string, bytes = 0): Buffer =>
  Buffer.from(JSON.stringify({ name, text: 'x'.repeat(bytes) }));
const parsedOf = (name: string, more: Partial<ParsedDocument> = {}): ParsedDocument => ({
  documents: [{ name }],
  isWhole: true,
  isOutline: false,
  ...more,
});
const namesOf = (events: readonly unknown[]) => events.map((event) => (event as { name: string }).name);

test('a large message is parsed elsewhere, and what comes behind it waits for its turn', () => {
  const { events, asked, reading } = opened();
  const large = message('large', 3_000_000);
  reading.read(message('first'));
  reading.read(large);
  reading.read(message('behind'));
  reading.read(message('second large', 3_000_000));
  let ended = false;
  reading.finish(() => {
    ended = true;
  });
  assert.deepEqual(namesOf(events), ['first']);
  assert.equal(asked.length, 1);
  // In pieces, none of which takes long to copy.
  assert.ok(asked[0]!.pieces.every(({ length }) => length <= 1024 * 1024));
  assert.ok(Buffer.concat(asked[0]!.pieces).equals(large));
  asked[0]!.done(parsedOf('large'));
  assert.deepEqual(namesOf(events), ['first', 'large', 'behind']);
  assert.equal(ended, false);
  asked[1]!.done(parsedOf('second large'));
  assert.deepEqual(namesOf(events), ['first', 'large', 'behind', 'second large']);
  assert.equal(ended, true);
  assert.equal(reading.reading().hasUnpricedParts, false);
});

for (const [name, parsed] of [
  ['that cannot be parsed', null],
  ['of which only an outline is known', parsedOf('large', { isOutline: true })],
] as const)
  test(`a large message ${name} makes the cost of its session unknown`, () => {
    const { events, asked, reading } = opened();
    reading.read(message('large', 300_000));
    asked[0]!.done(parsed);
    reading.read(message('behind'));
    assert.equal(namesOf(events).at(-1), 'behind');
    assert.equal(reading.reading().hasUnpricedParts, true);
  });

test('what waits behind a large message has a bound; past it the rest is not read, and that is known', () => {
  const { events, asked, reading } = opened();
  reading.read(message('large', 300_000));
  for (let count = 0; count < 20; count += 1) reading.read(message('waits', 1_000_000));
  asked[0]!.done(parsedOf('large'));
  reading.read(message('late'));
  let ended = false;
  reading.finish(() => {
    ended = true;
  });
  assert.deepEqual([namesOf(events), ended, asked.length], [['large'], true, 1]);
  assert.equal(reading.reading().hasUnpricedParts, true);
});

test('what a session has used is told whenever figures come, also out of a large message', () => {
  const { asked, parser, guarded } = opened();
  let figures = 0;
  const meter: MessageMeter = {
    get figures() {
      return figures;
    },
    answerKey: null,
    read: (event) => {
      figures += Number((event as { name: string }).name.startsWith('figures'));
    },
    reading: () => ({ ...EMPTY_READING, model: `after ${figures}` }),
  };
  const told: unknown[] = [];
  const reading = new MessageReading(meter, parser, guarded, ({ model }) => told.push(model));
  for (const name of ['words', 'figures']) reading.read(message(name));
  reading.read(message('figures', 300_000));
  reading.read(message('figures'));
  assert.deepEqual(told, ['after 1']);
  asked[0]!.done(parsedOf('figures'));
  assert.deepEqual(told, ['after 1', 'after 2', 'after 3']);
});
