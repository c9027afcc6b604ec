import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../../test/at-end.ts';
import { AuditLog, type Change, describeChange } from './audit-log.ts';

function open(t: TestContext): { readonly log: AuditLog; readonly folder: string; readonly path: string } {
  const folder = temporaryFolder(t, 'audit');
  return { log: new AuditLog(folder), folder, path: join(folder, 'audit.jsonl') };
}

function change(more: Partial<Change> = {}): Change {
  return { who: 'ann', role: 'admin', action: 'POST /budgets', before: null, after: { limit: 1 }, ...more };
}

test('changes are told newest first, and verified', (t) => {
  const { log } = open(t);
  assert.deepEqual(log.verify().fault, null);
  log.add(change(), 0);
  log.add(change({ who: 'bob' }), 1000);
  const { entries, fault } = log.verify();
  assert.deepEqual([entries, fault], [2, null]);
  assert.deepEqual(
    log.recent(5).map(({ number, who, at }) => [number, who, at]),
    [
      [2, 'bob', '1970-01-01T00:00:01.000Z'],
      [1, 'ann', '1970-01-01T00:00:00.000Z'],
    ],
  );
});

test('a long log is verified in turns, and what is added meanwhile is no fault', async (t) => {
  const { log, folder, path } = open(t);
  const lines = chained(
    Array.from({ length: 500 }, (_, index) => JSON.stringify({ number: index + 1, after: 'x'.repeat(300) })),
  );
  writeFileSync(path, `${lines.join('\n')}\n`);
  const hash = createHash('sha256').update(lines.at(-1)!).digest('hex');
  writeFileSync(join(folder, 'audit-head.json'), JSON.stringify({ number: 500, hash }));
  const verdict = log.verifyInTurns();
  log.add(change(), 0);
  assert.deepEqual(await verdict, { entries: 500, fault: null, head: hash });
  assert.deepEqual([log.verify().entries, log.verify().fault], [501, null]);
});

test('a line that is changed, taken out, put in twice, or cut off is found', (t) => {
  const { log, path } = open(t);
  for (let index = 0; index < 5; index += 1) log.add(change({ after: { limit: index } }), index);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const faultOf = (changed: readonly string[]): number | undefined => {
    writeFileSync(path, `${changed.join('\n')}\n`);
    return log.verify().fault?.line;
  };
  assert.equal(faultOf(lines), undefined);
  assert.equal(faultOf(lines.with(1, lines[1]!.replace('"limit":1', '"limit":9'))), 3);
  assert.equal(faultOf(lines.toSpliced(2, 1)), 3);
  assert.equal(faultOf(lines.toSpliced(2, 0, lines[1]!)), 3);
  assert.equal(faultOf(lines.slice(0, 3)), 3);
  assert.equal(faultOf(lines.with(4, lines[4]!.replace('"limit":4', '"limit":9'))), 5);
  assert.equal(faultOf([]), 0);
});

test('any one byte that is changed is found', (t) => {
  const { log, path } = open(t);
  for (let index = 0; index < 3; index += 1) log.add(change({ after: { limit: index } }), index);
  const right = readFileSync(path);
  fc.assert(
    fc.property(fc.nat(right.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Buffer.from(right);
      changed[at] = (changed[at]! + by) % 256;
      writeFileSync(path, changed);
      // A line end more or less beside another one changes no line.
      assert.notEqual(log.verify().fault, null, changed.toString());
    }),
    { numRuns: 300, seed: 7 },
  );
});

/** Each behind the one before it, as whoever may write to the log could make them. */
function chained(lines: readonly string[]): readonly string[] {
  let previous = createHash('sha256').update('').digest('hex');
  return lines.map((line) => {
    const entry = JSON.stringify({ ...(JSON.parse(line) as object), previous });
    previous = createHash('sha256').update(entry).digest('hex');
    return entry;
  });
}

test('a chain that was written anew is found by what stands beside it, and by its numbers', (t) => {
  const { log, folder, path } = open(t);
  for (let index = 0; index < 4; index += 1) log.add(change({ after: { limit: index } }), index);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const faultOf = (changed: readonly string[]): number | undefined => {
    writeFileSync(path, `${chained(changed).join('\n')}\n`);
    return log.verify().fault?.line;
  };
  assert.equal(faultOf(lines), undefined);
  const other = lines.with(1, lines[1]!.replace('"limit":1', '"limit":9'));
  assert.equal(faultOf(other), 4);
  // One line more, as if the process had been killed before it wrote how far the log goes.
  assert.equal(faultOf([...other, lines[3]!.replace('"number":4', '"number":5')]), 4);
  // Without a line, and with what stands beside it written anew, too.
  const short = chained(lines.toSpliced(1, 1));
  const hash = createHash('sha256').update(short[2]!).digest('hex');
  writeFileSync(join(folder, 'audit-head.json'), JSON.stringify({ number: 3, hash }));
  assert.equal(faultOf(lines.toSpliced(1, 1)), 2);
});

test('the log, and what says how far it goes, are their owner’s alone', (t) => {
  const { log, folder, path } = open(t);
  log.add(change(), 0);
  for (const file of [path, join(folder, 'audit-head.json')])
    assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a process that was killed between its two writes leaves a log that goes on', (t) => {
  const { log, folder, path } = open(t);
  log.add(change(), 0);
  const head = readFileSync(join(folder, 'audit-head.json'));
  log.add(change(), 1);
  writeFileSync(join(folder, 'audit-head.json'), head);
  assert.equal(log.verify().fault, null);
  log.add(change(), 2);
  assert.deepEqual([log.verify().fault, log.verify().entries], [null, 3]);
  // A power cut in the middle of a line, of which nobody was told.
  writeFileSync(path, `${readFileSync(path, 'utf8')}{"number":4,"at`);
  log.add(change(), 3);
  assert.deepEqual([log.verify().fault, log.verify().entries], [null, 4]);
  // Half a line in the place of one that was told is no such thing.
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, -20));
  log.add(change(), 4);
  assert.equal(log.verify().fault?.line, 4);
});

test('a change that cannot be told whole leaves nothing behind', (t) => {
  const { log, folder, path } = open(t);
  log.add(change(), 0);
  const [lines, head] = [readFileSync(path), readFileSync(join(folder, 'audit-head.json'))];
  for (let turn = 1; turn <= 2; turn += 1) {
    rmSync(join(folder, 'audit-head.json'));
    mkdirSync(join(folder, 'audit-head.json'));
    assert.throws(() => log.add(change(), 1), /^TokenWatchError: The audit log in .* cannot be written \(/);
    assert.deepEqual(readFileSync(path), lines);
    rmSync(join(folder, 'audit-head.json'), { recursive: true });
    writeFileSync(join(folder, 'audit-head.json'), head);
  }
  assert.deepEqual(readdirSync(folder).toSorted(), ['audit-head.json', 'audit.jsonl']);
  log.add(change(), 2);
  assert.deepEqual([log.verify().fault, log.verify().entries], [null, 2]);
});

test('a log without room is not writable, though its file can be opened', (t) => {
  const { log, folder } = open(t);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tokenwatch-test', folder]).status !== 0)
    return t.skip('this user may not mount a small disk');
  try {
    log.add(change(), 0);
    assert.throws(
      () => log.assertWritable(),
      /^TokenWatchError: The change was not made\. The audit log in .* cannot be written \(ENOSPC/,
    );
    assert.deepEqual(readdirSync(folder).toSorted(), ['audit-head.json', 'audit.jsonl']);
  } finally {
    spawnSync('umount', [folder]);
  }
});

test('a change says what it was done to', () => {
  const told = (action: string, asked: unknown): string => describeChange({ action, asked });
  assert.equal(told('POST /budgets', { name: 'daily' }), 'POST /budgets "daily"');
  assert.equal(told('DELETE /budgets/daily', { name: 'daily' }), 'DELETE /budgets/daily');
  for (const asked of [undefined, null, {}, { name: 1 }, 'x'])
    assert.equal(told('POST /kills', asked), 'POST /kills');
});

test('what stands under the name of a secret is not written down', (t) => {
  const { log, path } = open(t);
  const after = {
    webhookSecret: 'whsec_abc',
    nested: [{ password: 'pw-1', apiKey: 'k-1', keyFile: '/run/key', maxTokens: 5 }],
    headers: { authorization: 'Bearer b-1' },
    webhookUrl: 'https://hooks.example/services/T0/h-1',
    url: 'https://ann:u-1@a.example/v1?key=q-1',
  };
  for (const place of ['before', 'after', 'asked']) {
    log.add(change({ [place]: after }), 0);
    const [text = ''] = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-1);
    for (const secret of ['whsec_abc', 'pw-1', 'k-1', 'b-1', 'h-1', 'u-1', 'q-1'])
      assert.ok(!text.includes(secret), secret);
    assert.ok(text.includes('/run/key') && text.includes('"maxTokens":5'));
  }
});

test('what an earlier version told in a file of its own is taken over, once, in its order', (t) => {
  const { log, folder } = open(t);
  log.add(change(), 0);
  const earlier = [
    {
      at: '2026-11-26T01:00:00.000Z',
      who: 'the API',
      action: 'budget set',
      subject: 'day',
      before: null,
      after: { limitUsd: '5' },
    },
    {
      at: '2026-11-26T01:05:00.000Z',
      who: 'ada',
      action: 'key revoke',
      subject: 'ci',
      before: { name: 'ci' },
      after: null,
    },
  ].map((line) => JSON.stringify(line));
  writeFileSync(join(folder, 'changes.jsonl'), `${earlier.join('\n')}\n{"at":"2026`);
  const entries = log.recent(10).toReversed();
  assert.deepEqual(
    entries.map(({ at, who, action, from }) => [at.slice(0, 16), who, action, from]),
    [
      ['1970-01-01T00:00', 'ann', 'POST /budgets', undefined],
      ['2026-11-26T01:00', 'the API', 'budget set day', 'changes.jsonl'],
      ['2026-11-26T01:05', 'ada', 'key revoke ci', 'changes.jsonl'],
      ['1970-01-01T00:00', 'unknown', '{"at":"2026', 'changes.jsonl'],
    ],
  );
  assert.deepEqual([log.verify().entries, log.verify().fault], [4, null]);
  assert.equal(existsSync(join(folder, 'changes.jsonl')), false);
  assert.ok(readFileSync(join(folder, 'changes.taken-over.jsonl'), 'utf8').startsWith(earlier[0] ?? '?'));
  // One that was killed in the middle goes on behind what it had taken over.
  writeFileSync(join(folder, 'changes.jsonl'), `${[...earlier, 'x', earlier[0], 'null', '5'].join('\n')}\n`);
  log.add(change(), 5);
  assert.deepEqual([log.verify().entries, log.verify().fault], [8, null]);
  assert.deepEqual(
    log.recent(3).map(({ action }) => action),
    ['POST /budgets', '5', 'null'],
  );
});
