// Runs every test file, two processes at a time: `npm test`, or `npm test -- src/core` for a part.
// Whatever becomes of a file (a failing test, a crash, no end), the last line says how many tests passed and failed.

import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { killAll, type RunFiles, runFiles } from './run-files.ts';

const AT_ONCE = 2;
/** Processes that took longer are named at the end: the whole suite has ten minutes. */
const SLOW_MS = 10_000;
/** So many unit tests share a process. */
const TOGETHER = 12;
/** Begun first, so that none of them is what is left over in the end. */
const LONGEST = [
  'src/storage/postgres/store.test.ts',
  'test/dashboard/accessibility.test.ts',
  'src/storage/oracle/store.test.ts',
  'test/package.test.ts',
  'src/storage/sqlite/store.test.ts',
  'test/kill.test.ts',
  'test/shared/faults.test.ts',
  'test/dashboard/browser.test.ts',
  'test/cli.test.ts',
  'test/oracle-grammar/catalogue.test.ts',
  'test/memory.test.ts',
  'test/shared/oracle.test.ts',
  'test/dashboard/access.test.ts',
  'test/dashboard/replay.test.ts',
  'test/dashboard/system-tab.test.ts',
  'src/storage/oracle/verification.test.ts',
  'test/recorder/recorder.test.ts',
  'test/budgets/end-to-end.test.ts',
  'test/replay/replay.test.ts',
  'test/telemetry/otel.test.ts',
];

const wanted = process.argv.slice(2);
const folders = ['src', 'test', 'web', 'bench', 'scripts'];
const gone = LONGEST.filter((file) => !existsSync(file));
if (gone.length > 0) throw new Error(`test/run.ts names ${gone.join(', ')}, which is not there`);
const rank = new Map(LONGEST.map((file, index) => [file, index]));
const rankOf = (file: string): number => rank.get(file) ?? LONGEST.length;
const files = globSync(folders.map((folder) => `${folder}/**/*.test.ts`))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort()
  .sort((one, other) => rankOf(one) - rankOf(other));
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`);
  process.exit(1);
}

const scratch = mkdtempSync(join(tmpdir(), 'tokenwatch-tests-'));
process.on('exit', () => {
  killAll();
  rmSync(scratch, { recursive: true, force: true });
});
const done: RunFiles[] = [];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    console.log(`\nstopped by ${signal}`);
    conclude(1);
    process.exit(1);
  });

// Hundreds of processes read the same modules: their compiled code is kept.
const environment = { NODE_COMPILE_CACHE: resolve('node_modules/.cache/tests'), ...process.env };
const waiting = parts(files).entries();
async function work(): Promise<void> {
  for (const [index, part] of waiting) {
    const ran = await runFiles(part, join(scratch, `${index}.jsonl`), environment);
    done.push(ran);
    for (const line of ran.lines) console.log(line);
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, work));
process.exitCode = conclude(0);

/** Files that share a process: all but unit tests have one of their own. */
function parts(all: readonly string[]): readonly (readonly string[])[] {
  const units = all.filter(isUnit);
  return [
    ...all.filter((file) => !isUnit(file)).map((file) => [file]),
    ...Array.from({ length: Math.ceil(units.length / TOGETHER) }, (_, index) =>
      units.slice(index * TOGETHER, (index + 1) * TOGETHER),
    ),
  ];
}

function isUnit(file: string): boolean {
  // What a file has done around its tests would be done around those of the others.
  const hasHooks = /^(?:before|beforeEach|afterEach)\(/m;
  return file.startsWith('src') && !rank.has(file) && !hasHooks.test(readFileSync(file, 'utf8'));
}

/** Prints the end of it all; CI reads the last line. Tells the status to leave with. */
function conclude(others: number): number {
  const sum = (of: (ran: RunFiles) => number): number => done.reduce((total, ran) => total + of(ran), 0);
  const slow = done.filter(({ tookMs }) => tookMs > SLOW_MS).sort((one, other) => other.tookMs - one.tookMs);
  for (const { tookMs, cpuMs, files: part } of slow)
    console.log(`${seconds(tookMs)} s, ${seconds(cpuMs)} s of CPU: ${part.join(' ')}`);
  const failed = sum((ran) => ran.failed) + others;
  const skipped = sum((ran) => ran.skipped);
  console.log(
    `\n${sum((ran) => ran.passed)} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  );
  return failed > 0 ? 1 : 0;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(0).padStart(4);
}
