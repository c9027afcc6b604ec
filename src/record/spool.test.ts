import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  endLine,
  listSpools,
  ownerIsAlive,
  processOwner,
  readSpool,
  SpoolWriter,
  spoolFolder,
  startLine,
} from './spool.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-spool-'));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(spoolFolder(folder));

const NAME = '1-2-3.spool';
const path = join(spoolFolder(folder), NAME);
const lineOf = (id: string): string => `${JSON.stringify({ start: { id, app: 'größe 💶' } })}\n`;
const idsOf = (read: ReturnType<typeof readSpool>): string[] => read.lines.map((line) => line.start.id);
const kindsOf = (read: ReturnType<typeof readSpool>): string[] =>
  read.lines.map((line) => `${'end' in line ? 'end' : 'start'} ${line.start.id}`);

test('a file cut at any byte gives its whole lines, and the rest once it is there', () => {
  const bytes = Buffer.from(lineOf('a') + lineOf('ü') + lineOf('c'));
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    writeFileSync(path, bytes.subarray(0, cut));
    const first = readSpool(folder, NAME, 0);
    appendFileSync(path, bytes.subarray(cut));
    const rest = readSpool(folder, NAME, first.nextOffset);
    assert.deepEqual([...idsOf(first), ...idsOf(rest)], ['a', 'ü', 'c']);
    assert.equal(first.rejected + rest.rejected, 0);
    assert.equal(rest.nextOffset, bytes.length);
    assert.ok(first.atEnd && rest.atEnd);
  }
});

test('lines that are no records are counted, and the others kept', () => {
  const bad = ['{"start":{"id":"torn', '\0\0\0', 'null', '[]', '{"start":{"id":7}}'];
  writeFileSync(path, `\n${lineOf('a')}${bad.join('\n')}\n${lineOf('b')}`);
  const read = readSpool(folder, NAME, 0);
  assert.deepEqual(idsOf(read), ['a', 'b']);
  assert.equal(read.rejected, bad.length);
});

test('a start is left out where its end is in the same read, and only there', () => {
  const start = (id: string): string => JSON.stringify({ id, app: 'a' });
  const ofEnd = (id: string): string => endLine(start(id), '{"outcome":"completed"}');
  const first = `${['a', 'b', 'c'].map((id) => startLine(start(id))).join('\n')}\n${ofEnd('a')}\n`;
  writeFileSync(path, first);
  const read = readSpool(folder, NAME, 0);
  assert.deepEqual(kindsOf(read), ['start b', 'start c', 'end a']);
  appendFileSync(path, `${ofEnd('c')}\n`);
  const rest = readSpool(folder, NAME, read.nextOffset);
  assert.deepEqual(kindsOf(rest), ['end c']);
  assert.equal(read.rejected + rest.rejected, 0);
});

test('a file larger than one read is read in parts, also where one line alone is larger', () => {
  const long = JSON.stringify({ start: { id: 'long', app: 'x'.repeat(3_000_000) } });
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
