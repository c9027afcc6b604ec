import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOf, startOf } from '../storage/conformance/model.ts';
import { endLine, readLine, startLine, startText, withoutEnded } from './spool-line.ts';

/** Every field has a value of its own, so that two that changed places would be seen. */
function distinct<T extends object>(record: T): T {
  let count = 0;
  const fill = (value: unknown): unknown => {
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fill(member)]));
    count += 1;
    return `value ${count}`;
  };
  return fill(record) as T;
}

test('a line gives back every field of its record', () => {
  const start = distinct(startOf(1));
  const end = distinct(endOf());
  assert.deepEqual(readLine(startLine(startText(start))), { start });
  assert.deepEqual(readLine(endLine(startText(start), end)), { start, end });
});

test('a start is not worth reading beside its end, whatever stands around it', () => {
  const texts = [1, 2].map((number) => startText(startOf(number)));
  const [first, second] = texts.map(startLine) as [string, string];
  const end = endLine(texts[0] as string, endOf());
  assert.deepEqual(withoutEnded([first, 'torn', second, end]), ['torn', second, end]);
  assert.deepEqual(withoutEnded([second, end]), [second, end]);
  const half = end.slice(0, -20);
  assert.deepEqual(withoutEnded([first, half]), [first, half]);
});
