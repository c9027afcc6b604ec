import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addText, addTo, histogramText, percentilesOf, SlotCounts } from './histogram.ts';

const counts = fc.array(fc.tuple(fc.nat({ max: 600 }), fc.integer({ min: -5, max: 2 ** 40 })), {
  maxLength: 20,
});

test('what a text form holds is added, as every database writes it', () => {
  fc.assert(
    fc.property(counts, counts, (known, added) => {
      const all = new Map<number, number>();
      for (const [slot, count] of [...known, ...added]) addTo(all, slot, count);
      const given = new Map<number, number>();
      for (const [slot, count] of added) addTo(given, slot, count);
      const short = histogramText(given);
      for (const text of [
        short,
        JSON.stringify(JSON.parse(short), null, 1),
        short.replaceAll(/([:,])/g, '$1 '),
      ]) {
        const read = new Map<number, number>();
        for (const [slot, count] of known) addTo(read, slot, count);
        addText(read, text);
        assert.deepEqual(new Map([...read].sort()), new Map([...all].sort()));
        const listed = new SlotCounts();
        for (const [slot, count] of known) listed.add(slot, count);
        listed.addText(text);
        assert.deepEqual(new Map([...listed].sort()), new Map([...all].sort()));
        assert.deepEqual(percentilesOf(listed), percentilesOf(all));
      }
    }),
  );
});
