// Runs every test file, three processes at a time: `npm test`, or `npm test -- src/core` for a part.
// Whatever becomes of a file (a failing test, a crash, no end), the last line says how many tests passed and failed.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { killAll, type RunFiles, runFiles } from './run-files.ts';

/** Each waits for a third of its time, for a browser, a database or a time limit. */
const AT_ONCE = 3;
/** Processes that took longer are named at the end: the whole suite has ten minutes. */
const SLOW_MS = 10_000;
/** So many files share a process at most. */
const TOGETHER = { units: 12, others: 6 };
const PASSED_THROUGH = 0o711;
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
// A database runs as another user, in a folder of its own in there.
chmodSync(scratch, PASSED_THROUGH);
process.on('exit', () => {
  killAll();
  remove(scratch);
});
const done: RunFiles[] = [];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    console.log(`\nstopped by ${signal}`);
    conclude(1);
    process.exit(1);
  });

const environment = {
  // Hundreds of processes read the same modules: their compiled code is kept.
  NODE_COMPILE_CACHE: resolve('node_modules/.cache/tests'),
  TOKENWATCH_TEST_THREADS: (await isJoined()) ? 'joined' : 'source',
  ...process.env,
};
const waiting = parts(files).entries();
async function work(): Promise<void> {
  for (const [index, part] of waiting) {
    // All that they leave behind lies in it, also where they are killed.
    const folder = join(scratch, String(index));
    mkdirSync(folder, { mode: PASSED_THROUGH });
    const ran = await runFiles(part, join(scratch, `${index}.jsonl`), { ...environment, TMPDIR: folder });
    done.push(ran);
    remove(folder);
    for (const line of ran.lines) console.log(line);
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, work));
// Whatever still holds on to its output.
process.exit(conclude(0));

/** Whether dist/ is of today's source. The whole suite joins it anew where it is not; for a part that takes too long. */
async function isJoined(): Promise<boolean> {
  const { isChanged } = (await import(resolve('bin/is-changed.js'))) as { isChanged(root: string): boolean };
  if (!isChanged('.')) return true;
  if (wanted.length > 0) return false;
  execFileSync(process.execPath, ['scripts/build-server.js'], { stdio: 'inherit' });
  return true;
}

/** Files that share a process: those named above have one of their own, others share one with those of their folder. */
function parts(all: readonly string[]): readonly (readonly string[])[] {
  const alone = all.filter((file) => rank.has(file)).map((file) => [file]);
  const shared = Object.groupBy(
    all.filter((file) => !rank.has(file)),
    (file) => (file.startsWith('src') ? 'src' : dirname(file)),
  );
  const { src: units = [], ...others } = shared;
  return [
    ...alone,
    ...Object.values(others).flatMap((files = []) => chunks(files, TOGETHER.others)),
    ...chunks(units, TOGETHER.units),
  ];
}

/** As even as can be, none above `most`. */
function chunks(files: readonly string[], most: number): readonly (readonly string[])[] {
  const count = Math.ceil(files.length / most);
  return Array.from({ length: count }, (_, index) =>
    files.slice(Math.round((index * files.length) / count), Math.round(((index + 1) * files.length) / count)),
  );
}

/** What was killed in it may still be on its way out. */
function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
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
