import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { temporaryFolder } from '../../test/at-end.ts';
import type { RequestEnd, RequestStart } from '../core/record.ts';
import { NO_USAGE } from '../core/usage.ts';
import { listSpools, ownerIsAlive, processOwner, readSpool, SpoolWriter, spoolFolder } from './spool.ts';
import { endLine, readLine, startLine, startText } from './spool-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-spool-'));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(spoolFolder(folder));

const NAME = '1-2-3.spool';
const path = join(spoolFolder(folder), NAME);
const startOf = (id: string, app = 'größe 💶'): string => startText({ id, app } as RequestStart);
const lineOf = (id: string): string => `${startLine(startOf(id))}\n`;
const linesOf = (read: ReturnType<typeof readSpool>) =>
  read.lines.map(readLine).filter((line) => line !== null);
const idsOf = (read: ReturnType<typeof readSpool>): string[] => linesOf(read).map((line) => line.start.id);
const kindsOf = (read: ReturnType<typeof readSpool>): string[] =>
  linesOf(read).map((line) => `${'end' in line ? 'end' : 'start'} ${line.start.id}`);

test('a file cut at any byte gives its whole lines, and the rest once it is there', () => {
  const bytes = Buffer.from(lineOf('a') + lineOf('ü') + lineOf('c'));
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    writeFileSync(path, bytes.subarray(0, cut));
    const first = readSpool(folder, NAME, 0);
    appendFileSync(path, bytes.subarray(cut));
    const rest = readSpool(folder, NAME, first.nextOffset);
    assert.deepEqual([...idsOf(first), ...idsOf(rest)], ['a', 'ü', 'c']);
    assert.equal(first.lines.length + rest.lines.length, 3);
    assert.equal(rest.nextOffset, bytes.length);
    assert.ok(first.atEnd && rest.atEnd);
  }
});

test('lines that are no records do not hide the others', () => {
  const bad = [
    '["start",["torn',
    '\0\0\0',
    'null',
    '[]',
    '["start",[7]]',
    '["end",["x"]]',
    '["other",["x"]]',
  ];
  writeFileSync(path, `\n${lineOf('a')}${bad.join('\n')}\n${lineOf('b')}`);
  const read = readSpool(folder, NAME, 0);
  assert.deepEqual(idsOf(read), ['a', 'b']);
  assert.equal(read.lines.length, 2 + bad.length);
});

test('a start is left out where its end is in the same read, and only there', () => {
  const end = { outcome: 'completed', usage: NO_USAGE } as RequestEnd;
  const ofEnd = (id: string): string => endLine(startOf(id), end);
  const first = `${['a', 'b', 'c'].map((id) => startLine(startOf(id))).join('\n')}\n${ofEnd('a')}\n`;
  writeFileSync(path, first);
  const read = readSpool(folder, NAME, 0);
  assert.deepEqual(kindsOf(read), ['start b', 'start c', 'end a']);
  appendFileSync(path, `${ofEnd('c')}\n`);
  const rest = readSpool(folder, NAME, read.nextOffset);
  assert.deepEqual(kindsOf(rest), ['end c']);
});

test('a file larger than one read is read in parts, also where one line alone is larger', () => {
  const long = startLine(startOf('long', 'x'.repeat(3_000_000)));
  const many = Array.from({ length: 20_000 }, (_, index) => lineOf(String(index))).join('');
  writeFileSync(path, `${many}${long}\n${lineOf('last')}`);
  const ids: string[] = [];
  let offset = 0;
  for (let atEnd = false; !atEnd; ) {
    const read = readSpool(folder, NAME, offset);
    assert.ok(read.atEnd || read.nextOffset > offset, 'a read that does not move on');
    ids.push(...idsOf(read));
    ({ nextOffset: offset, atEnd } = read);
  }
  assert.equal(ids.length, 20_002);
  assert.deepEqual(ids.slice(-2), ['long', 'last']);
});

test('each writer has a file of its own, and they are listed in the order of writing', () => {
  const first = new SpoolWriter(folder, '5-5');
  first.write(lineOf('a'));
  for (let file = 0; file < 10; file += 1) first.rotate();
  const second = new SpoolWriter(folder, '5-5');
  first.close();
  second.close();
  writeFileSync(join(spoolFolder(folder), 'notes.txt'), 'not a spool');
  const own = listSpools(folder).filter((spool) => spool.owner === '5-5');
  assert.deepEqual(
    own.map((spool) => spool.sequence),
    Array.from({ length: 12 }, (_, index) => index + 1),
  );
});

test('an owner is alive as long as its very process is, and not another one of the same pid', () => {
  assert.equal(ownerIsAlive(processOwner()), true);
  if (process.platform === 'linux') assert.equal(ownerIsAlive(`${process.pid}-1`), false);
  const ended = spawnSync(process.execPath, ['--version']);
  assert.equal(ownerIsAlive(`${ended.pid}-1`), false);
});

test('what a full disk took of a line is taken back, and the whole ones before it stay', (context) => {
  const disk = temporaryFolder(context, 'spool-full');
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tokenwatch-test', disk]).status !== 0)
    return context.skip('this user may not mount a small disk');
  try {
    mkdirSync(spoolFolder(disk));
    const writer = new SpoolWriter(disk, '6-6');
    assert.throws(() => writer.write(`${'x'.repeat(999)}\n`.repeat(100)), /ENOSPC/);
    const { lines, nextOffset, atEnd } = readSpool(disk, '6-6-1.spool', 0);
    assert.ok(lines.length > 10 && lines.every((line) => line.length === 999));
    assert.deepEqual([nextOffset, atEnd], [writer.bytes, true]);
    assert.equal(statSync(join(spoolFolder(disk), '6-6-1.spool')).size, 1000 * lines.length);
    writer.close();
  } finally {
    spawnSync('umount', [disk]);
  }
});
