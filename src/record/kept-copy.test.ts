import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { atEnd, temporaryFolder } from '../../test/at-end.ts';
import { WAITING_REVOCATIONS } from '../access/keys/waiting-revocations.ts';
import { KEPT_RULES } from '../core/rule-book.ts';
import { WAITING_KILLS } from '../ledger/kills/waiting-kills.ts';
import { KEPT_BUDGETS } from '../ledger/ports.ts';
import { SPENT_MARKS } from '../ledger/spent-marks.ts';
import { type KeptKind, keptCopy } from './kept-copy.ts';

const TEXT = {
  name: 'copy',
  isRight: (value: unknown): value is string => typeof value === 'string',
  lost: 'Nothing is lost.',
};

for (const isOnDisk of [false, true]) {
  test(`a copy that cannot be written${isOnDisk ? ' to the disk' : ''} is told of once, and so is its end`, (context) => {
    const folder = temporaryFolder(context, 'kept');
    const warnings: string[] = [];
    const copy = keptCopy(folder, TEXT, (message) => warnings.push(message), isOnDisk);
    assert.equal(copy.read(), null);
    assert.equal(copy.keep('first'), true);
    renameSync(folder, `${folder}-away`);
    atEnd(context, () => rmSync(`${folder}-away`, { recursive: true, force: true }));
    assert.deepEqual([copy.keep('second'), copy.keep('second')], [false, false]);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0] ?? '',
      /copy cannot be written \(ENOENT.*: a start without the database would go by an older one/,
    );
    renameSync(`${folder}-away`, folder);
    assert.equal(copy.read(), 'first');
    assert.equal(copy.keep('third'), true);
    assert.equal(copy.read(), 'third');
    assert.equal(warnings.length, 2);
    assert.match(warnings[1] ?? '', /copy is written again\. It failed 2 times since/);
  });
}

/** Of a file system that lost power, or another version. */
const DAMAGED = [
  '',
  '{',
  'null',
  '7',
  '"x"',
  '[7]',
  '[[{"a":null}]]',
  '{"__proto__":1}',
  '[{"id":"1"}]',
  '\0\xff',
];

test('what is damaged is none, and it is said what is lost with it', (context) => {
  const folder = temporaryFolder(context, 'kept');
  for (const kind of [WAITING_KILLS, WAITING_REVOCATIONS, SPENT_MARKS, KEPT_BUDGETS, KEPT_RULES]) {
    const warnings: string[] = [];
    const copy = keptCopy<unknown>(folder, kind as KeptKind<unknown>, (message) => warnings.push(message));
    assert.equal(copy.read(), null);
    assert.equal(warnings.length, 0, 'one that was never kept is nothing to tell of');
    for (const [index, text] of DAMAGED.entries()) {
      writeFileSync(join(folder, kind.name), text);
      assert.equal(copy.read(), null, `${kind.name}: ${text}`);
      assert.ok(warnings[index]?.endsWith(kind.lost), `${kind.name}: ${text}`);
    }
  }
  const copy = keptCopy(folder, WAITING_KILLS, () => assert.fail('it is right'));
  const waiting = [
    { id: 'a', kill: { id: 'a', scope: { app: 'x', model: null, tag: null }, createdAtMs: 1 } },
    { id: 'b', kill: null },
  ];
  copy.keep(waiting);
  assert.deepEqual(copy.read(), waiting);
});
