import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freshReading } from '../core/charged-lines.ts';
import type { MeterReading } from '../core/protocol.ts';
import { NO_USAGE, totalUsage } from '../core/usage.ts';
import { EMPTY_READING } from '../protocols/metering.ts';
import { ChargedLines } from './charged-lines.ts';

const run = (inputTokens: number) => ({
  kind: 'message',
  model: 'claude-haiku-4-5',
  usage: { ...NO_USAGE, inputTokens },
  serviceTier: 'batch',
  speed: null,
  inferenceGeo: null,
});

function readingOf(marks: readonly string[], inputTokens = 10): MeterReading {
  const lines = marks.map((mark) => ({ mark, runs: [run(inputTokens)] }));
  return { ...EMPTY_READING, lines, runs: lines.flatMap((line) => line.runs), billingKey: 'batch:b1' };
}

function fail(message: string): never {
  throw new assert.AssertionError({ message });
}

function inFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-lines-'));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('lines that were charged are known after a restart, to nobody else', () => {
  inFolder((folder) => {
    new ChargedLines(folder, fail).add('batch:b1', ['a', 'b']);
    const again = new ChargedLines(folder, fail);
    assert.deepEqual(
      [again.has('batch:b1', 'a'), again.has('batch:b1', 'c'), again.has('batch:b2', 'a')],
      [true, false, false],
    );
    assert.equal(statSync(join(folder, 'charged-lines')).mode & 0o777, 0o600);
  });
});

test('past its bound it forgets the results that were fetched longest ago', () => {
  inFolder((folder) => {
    const lines = new ChargedLines(folder, fail);
    const many = Array.from({ length: 400_000 }, (_, index) => `m${index}`);
    lines.add('one', many);
    lines.add('two', ['m1']);
    lines.add('three', many.slice(0, 100_000));
    const again = new ChargedLines(folder, fail);
    const known = ['one', 'two', 'three'].map((results) => again.has(results, 'm1'));
    assert.deepEqual(known, [false, true, true], 'no more than it takes');
  });
});

test('a file that is none does not keep the server from starting', () => {
  inFolder((folder) => {
    writeFileSync(join(folder, 'charged-lines'), '\0\n   \nbatch:x\n\n');
    assert.equal(new ChargedLines(folder, fail).has('batch:x', ''), false);
  });
});

test('of results that come again only new lines are charged, those of about one length together', () => {
  const charged = new ChargedLines(null, fail);
  const broken = freshReading(readingOf(['a', 'b']), false, charged);
  assert.deepEqual([totalUsage(broken.reading.runs).inputTokens, broken.reading.runs.length], [20, 1]);
  assert.equal(broken.reading.billingKey, 'batch:b1:a');
  charged.add('batch:b1', broken.fresh?.marks ?? []);
  const whole = freshReading(readingOf(['a', 'b', 'c', 'd'], 500_000), true, charged);
  assert.deepEqual(
    whole.reading.runs.map(({ usage, longestInputTokens }) => [usage.inputTokens, longestInputTokens]),
    [[1_000_000, 500_000]],
  );
  assert.equal(whole.reading.billingKey, 'batch:b1');
  charged.add('batch:b1', whole.fresh?.marks ?? []);
  const again = freshReading(readingOf(['a', 'b', 'c', 'd']), true, charged);
  assert.deepEqual([again.reading.runs, again.reading.billingKey], [[], null]);
});
