import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freshReading } from '../core/charged-lines.ts';
import type { MeterReading } from '../core/protocol.ts';
import { NO_USAGE, totalUsage } from '../core/usage.ts';
import { EMPTY_READING } from '../protocols/meters/metering.ts';
import { KeptChargedLines } from './charged-lines.ts';

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

function charge(lines: KeptChargedLines, results: string, marks: readonly string[]): void {
  lines.write(
    results,
    marks.filter((mark) => lines.take(results, mark)),
  );
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
    charge(new KeptChargedLines(folder, fail), 'batch:b1', ['a', 'b']);
    const again = new KeptChargedLines(folder, fail);
    assert.deepEqual(
      [again.has('batch:b1', 'a'), again.has('batch:b1', 'c'), again.has('batch:b2', 'a')],
      [true, false, false],
    );
    assert.equal(statSync(join(folder, 'charged-lines')).mode & 0o777, 0o600);
  });
});

test('past its bound it forgets the results that were fetched longest ago', () => {
  inFolder((folder) => {
    const lines = new KeptChargedLines(folder, fail);
    const many = Array.from({ length: 400_000 }, (_, index) => `m${index}`);
    charge(lines, 'one', many);
    charge(lines, 'two', ['m1']);
    charge(lines, 'three', many.slice(0, 100_000));
    const again = new KeptChargedLines(folder, fail);
    const known = ['one', 'two', 'three'].map((results) => again.has(results, 'm1'));
    assert.deepEqual(known, [false, true, true], 'no more than it takes');
  });
});

test('a file that is none does not keep the server from starting', () => {
  inFolder((folder) => {
    writeFileSync(join(folder, 'charged-lines'), '\0\n   \nbatch:x\n\n');
    assert.equal(new KeptChargedLines(folder, fail).has('batch:x', ''), false);
  });
});

test('of results that come again only new lines are charged, those of about one length together', async () => {
  const charged = new KeptChargedLines(null, fail);
  const broken = await freshReading(readingOf(['a', 'b']), false, charged);
  assert.deepEqual([totalUsage(broken.reading.runs).inputTokens, broken.reading.runs.length], [20, 1]);
  assert.equal(broken.reading.billingKey, 'batch:b1:a');
  const whole = await freshReading(readingOf(['a', 'b', 'c', 'd'], 500_000), true, charged);
  assert.deepEqual(
    whole.reading.runs.map(({ usage, longestInputTokens }) => [usage.inputTokens, longestInputTokens]),
    [[1_000_000, 500_000]],
  );
  assert.equal(whole.reading.billingKey, 'batch:b1');
  const again = await freshReading(readingOf(['a', 'b', 'c', 'd']), true, charged);
  assert.deepEqual([again.reading.runs, again.reading.billingKey], [[], null]);
});

test('many lines are looked at in turns, and two that fetch them at once pay for each line once', async () => {
  const charged = new KeptChargedLines(null, fail);
  const marks = Array.from({ length: 10_000 }, (_, index) => `m${index}`);
  let turns = 0;
  const look = (): void => {
    turns += 1;
    if (turns < 1000) setImmediate(look);
  };
  setImmediate(look);
  const both = await Promise.all([1, 2].map(() => freshReading(readingOf(marks), true, charged)));
  const inputTokens = both.map(({ reading }) => totalUsage(reading.runs).inputTokens);
  assert.equal((inputTokens[0] ?? 0) + (inputTokens[1] ?? 0), 100_000);
  assert.ok(turns >= 10, `${turns} turns for others`);
  turns = 1000;
});
