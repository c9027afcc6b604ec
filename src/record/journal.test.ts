import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RequestEnd, RequestStart } from '../core/record.ts';
import { NO_USAGE } from '../core/usage.ts';
import { SpoolJournal } from './journal.ts';
import { listSpools, SpoolWriter, spoolFolder } from './spool.ts';
import { readLine, type SpoolLine } from './spool-line.ts';

const OWNER = '7-7';
const WAITING_LINES_MAX = 100_000;
const skip = existsSync('/dev/full') ? false : 'a full disk is played by /dev/full';

/** A journal whose second file is a full disk, and whose third one has room. */
function openJournal(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-journal-'));
  const spool = new SpoolWriter(folder, OWNER);
  symlinkSync('/dev/full', join(spoolFolder(folder), `${OWNER}-2.spool`));
  const warnings: string[] = [];
  let written = (): void => {};
  const journal = new SpoolJournal({
    spool,
    onWritten: () => written(),
    warn: (message) => warnings.push(message),
  });
  context.after(() => {
    journal.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    journal,
    spool,
    warnings,
    nextWrite: () =>
      new Promise<void>((resolve) => {
        written = resolve;
      }),
    lines: (): SpoolLine[] =>
      listSpools(folder)
        .filter(({ sequence }) => sequence !== 2)
        .flatMap(({ name }) => readFileSync(join(spoolFolder(folder), name), 'utf8').split('\n'))
        .filter((text) => text !== '')
        .map((text) => readLine(text) as SpoolLine),
  };
}

const startOf = (id: string): RequestStart => ({ id }) as RequestStart;
const END = { outcome: 'completed', usage: NO_USAGE } as RequestEnd;
const brief = (lines: readonly SpoolLine[]): string[] =>
  lines.map((line) => `${'end' in line ? 'end' : 'start'} ${line.start.id}`);

test('what has ended is summed up once for each write', (context) => {
  const told: number[][] = [];
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-journal-'));
  const journal = new SpoolJournal({
    spool: new SpoolWriter(folder, OWNER),
    onWritten: (_lines, { requests, failedRequests, unpricedRequests, outputTokens, costNanoUsd }) =>
      told.push([requests, failedRequests, unpricedRequests, outputTokens, costNanoUsd]),
    warn: assert.fail,
  });
  context.after(() => {
    journal.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const end = (outcome: RequestEnd['outcome'], outputTokens: number, costNanoUsd: number | null) =>
    ({ outcome, costNanoUsd, usage: { ...NO_USAGE, outputTokens } }) as RequestEnd;
  const entries = ['a', 'b', 'c', 'd'].map((id) => journal.start(startOf(id)));
  journal.flush();
  const ends = [
    end('completed', 3, 40),
    end('truncated', 2, null),
    end('cached', 1, 0),
    end('refused', 0, 0),
  ];
  for (const [index, entry] of entries.entries()) {
    journal.settle(entry, ends[index] as RequestEnd);
    if (index >= 2) journal.flush();
  }
  assert.deepEqual(told, [
    [0, 0, 0, 0, 0],
    [3, 1, 1, 6, 40],
    [1, 1, 0, 0, 0],
  ]);
});

test('a start is on disk after a flush, and within a turn of the event loop without one', async (context) => {
  const { journal, lines, nextWrite } = openJournal(context);
  const entry = journal.start(startOf('a'));
  assert.deepEqual(lines(), []);
  journal.flush();
  assert.deepEqual(brief(lines()), ['start a']);
  const written = nextWrite();
  journal.settle(entry, END);
  await written;
  assert.deepEqual(brief(lines()), ['start a', 'end a']);
});

test('a request settles once', (context) => {
  const { journal } = openJournal(context);
  const entry = journal.start(startOf('a'));
  journal.settle(entry, END);
  assert.throws(() => journal.settle(entry, END), /request a was settled twice/);
});

test('on a full disk records wait, are warned of once, and arrive when there is room', {
  skip,
}, async (context) => {
  const { journal, spool, warnings, lines, nextWrite } = openJournal(context);
  spool.rotate();
  for (const id of ['a', 'b', 'c']) {
    const entry = journal.start(startOf(id));
    journal.flush();
    journal.settle(entry, END);
  }
  journal.flush();
  assert.deepEqual(lines(), []);
  assert.equal(journal.status().waitingLines, 6);
  assert.match(journal.status().lastError ?? '', /ENOSPC/);
  assert.equal(warnings.length, 1);
  const written = nextWrite();
  spool.rotate();
  await written;
  assert.deepEqual(brief(lines()), ['start a', 'end a', 'start b', 'end b', 'start c', 'end c']);
  assert.equal(warnings.length, 2);
  assert.match(warnings[1] ?? '', /no record was lost/);
  assert.deepEqual(journal.status(), { waitingLines: 0, droppedLines: 0, inFlight: 0, lastError: null });
});

test('what waits is bounded: the oldest lines go, and the warning says so', { skip }, async (context) => {
  const { journal, spool, warnings, lines, nextWrite } = openJournal(context);
  spool.rotate();
  for (let count = 0; count < WAITING_LINES_MAX + 10; count += 1) journal.start(startOf(String(count)));
  journal.flush();
  assert.equal(journal.status().waitingLines, WAITING_LINES_MAX);
  const written = nextWrite();
  spool.rotate();
  await written;
  assert.equal(lines()[0]?.start.id, '10');
  assert.match(warnings[1] ?? '', /10 lines were dropped/);
});

test('a journal that closes on a full disk says what it could not write, and writes nothing later', {
  skip,
}, (context) => {
  const { journal, spool, warnings } = openJournal(context);
  spool.rotate();
  const entry = journal.start(startOf('a'));
  journal.close();
  assert.match(warnings.at(-1) ?? '', /^RECORDS ARE LOST: 1 line that could not be written \(.+\), starts/);
  journal.settle(entry, END);
  journal.flush();
  assert.equal(journal.status().waitingLines, 1);
});

test('a fresh file begins with what is in flight', (context) => {
  const { journal, spool, lines } = openJournal(context);
  // The second file is taken: go past it.
  spool.rotate();
  spool.rotate();
  const large = { ...startOf('large'), path: 'x'.repeat(17 * 1024 * 1024) };
  const small = journal.start(startOf('a'));
  journal.settle(journal.start(large), END);
  journal.flush();
  journal.settle(small, END);
  journal.flush();
  assert.deepEqual(brief(lines()), ['start a', 'start large', 'end large', 'start a', 'end a']);
});
