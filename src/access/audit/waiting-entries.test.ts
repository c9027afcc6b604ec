import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { Change } from './audit-log.ts';
import { WaitingEntries } from './waiting-entries.ts';

const kill = (app: string): Change => ({
  who: 'ann',
  role: 'operator',
  action: 'POST /kills',
  asked: { app, webhookSecret: 'whsec_1' },
  before: null,
  after: null,
});

function opened(waitingMax = 3) {
  const written: Change[] = [];
  const warnings: string[] = [];
  const disk = { isFull: true };
  const log = {
    assertWritable: () => undefined,
    add(change: Change) {
      if (disk.isFull) throw new TokenWatchError('storage_failed', 'The audit log in /x cannot be written.');
      written.push(change);
    },
  };
  const warn = (message: string): number => warnings.push(message);
  const waiting = new WaitingEntries({ log, clock: systemClock, warn, retryMs: 60_000, waitingMax });
  const apps = (): unknown[] => written.map(({ asked, after }) => (asked as { app?: string })?.app ?? after);
  return { waiting, warnings, disk, apps };
}

test('an entry that the log does not take is told elsewhere at once, and written before the next one', () => {
  const { waiting, warnings, disk, apps } = opened();
  assert.match(
    waiting.tell(kill('a'), 1) ?? '',
    /^The audit log in \/x cannot be written\. It tells of this as soon as/,
  );
  assert.deepEqual(
    warnings.map((line) => line.replace(/.*: ann/, 'ann')),
    ['ann (operator) POST /kills {"app":"a","webhookSecret":"(not written down)"}, in force.'],
  );
  assert.deepEqual(waiting.trouble, {
    count: 1,
    sinceMs: 1,
    reason: 'The audit log in /x cannot be written',
  });
  disk.isFull = false;
  assert.equal(waiting.tell(kill('b'), 2), null);
  assert.deepEqual(apps(), ['a', 'b']);
  assert.equal(waiting.trouble, null);
  assert.match(warnings[1] ?? '', /is written again, and tells of 1 change that waited/);
  waiting.close();
  assert.equal(warnings.length, 2);
});

test('beyond what may wait, an entry stands for all others', () => {
  const { waiting, disk, apps } = opened();
  for (const app of ['a', 'b', 'c']) waiting.tell(kill(app), 1);
  assert.match(waiting.tell(kill('d'), 2) ?? '', /3 changes wait for it: of this one .* alone tells/);
  waiting.tell(kill('e'), 3);
  assert.equal(waiting.trouble?.count, 5);
  disk.isFull = false;
  waiting.close();
  assert.deepEqual(apps(), ['a', 'b', 'c', { changes: 2 }]);
});

test('what still waits at the end is said', () => {
  const { waiting, warnings } = opened();
  waiting.tell(kill('a'), 1);
  waiting.close();
  assert.match(warnings.at(-1) ?? '', /^1 change is not in the audit log .*"NOT IN THE AUDIT LOG YET"/);
});
