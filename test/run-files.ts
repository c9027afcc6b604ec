// Some test files in a process of their own. A crash and files that do not end are told apart from a failing test, and
// nothing that they have started is left behind.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { TestLine } from './reporter.ts';

/** All tests of a process together; the longest take a minute and a half on a quiet machine. */
const FILES_MS_MAX = Number(process.env.TOKENWATCH_TEST_FILES_MS ?? 600_000);
const STDERR_CHARACTERS_MAX = 4000;

export interface RunFiles {
  readonly files: readonly string[];
  readonly tookMs: number;
  /** Of their processes; 0 where theirs crashed. */
  readonly cpuMs: number;
  readonly passed: number;
  /** Tests, and one more for a process that did not end well. */
  readonly failed: number;
  readonly skipped: number;
  /** What is to be printed of them. */
  readonly lines: readonly string[];
}

const running = new Set<ChildProcess>();

/** `report` is written to on the way, so that it holds what came before a crash. */
export async function runFiles(
  files: readonly string[],
  report: string,
  environment: NodeJS.ProcessEnv,
): Promise<RunFiles> {
  const began = performance.now();
  const options = [
    '--import=./test/seed.ts',
    '--test-reporter=./test/reporter.ts',
    `--test-reporter-destination=${report}`,
  ];
  const child = spawn(process.execPath, [...options, 'test/several.ts', ...files], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, which can be ended as a whole: browsers, databases and servers too.
    detached: true,
  });
  running.add(child);
  let stderr = '';
  child.stderr.on('data', (bytes: Buffer) => {
    stderr = (stderr + bytes.toString()).slice(-STDERR_CHARACTERS_MAX);
  });
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    killGroup(child);
  }, FILES_MS_MAX);
  // One that could not be started has no exit.
  const [code, signal] = (await once(child, 'exit').catch((error: unknown) => [String(error), null])) as [
    number | string | null,
    NodeJS.Signals | null,
  ];
  clearTimeout(limit);
  running.delete(child);
  killGroup(child);
  const tests = readReport(report);
  const failed = tests.filter(({ state }) => state === 'failed');
  const isWhole = tests.some(({ state }) => state === 'end');
  const end = isLate
    ? `did not end within ${FILES_MS_MAX / 1000} s`
    : `its process ended with ${signal ?? `status ${code}`}`;
  const open = namesOf(tests, 'started').filter((name) => !namesOf(tests, 'ended').includes(name));
  // A process that leaves with 0 before its tests have ended has not run them.
  const crash =
    isLate || !isWhole || signal !== null || (code !== 0 && failed.length === 0)
      ? `FAIL ${files.join(' ')}: ${end}${open.length > 0 ? `, in ${open.map((name) => `"${name}"`).join(', ')}` : ''}\n${stderr}\n`
      : null;
  return {
    files,
    tookMs: performance.now() - began,
    cpuMs: tests.find(({ state }) => state === 'end')?.cpuMs ?? 0,
    passed: namesOf(tests, 'passed').length,
    failed: failed.length + (crash === null ? 0 : 1),
    skipped: namesOf(tests, 'skipped').length,
    lines: [...tests.flatMap(lineOf), ...(crash === null ? [] : [crash])],
  };
}

/** For whoever is stopped itself. */
export function killAll(): void {
  for (const child of running) killGroup(child);
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Nobody is left of it.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function readReport(path: string): readonly TestLine[] {
  if (!existsSync(path)) return [];
  // The last line is torn where the process was killed.
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return whole.map((line) => JSON.parse(line) as TestLine);
}

const namesOf = (tests: readonly TestLine[], wanted: TestLine['state']): readonly string[] =>
  tests.flatMap(({ state, name }) => (state === wanted ? [name] : []));

function lineOf({ state, file, name, about }: TestLine): readonly string[] {
  if (state === 'failed') return [`FAIL ${file}: ${name}\n${about}\n`];
  if (state === 'skipped') return [`skip ${name}${about === '' ? '' : `: ${about}`}`];
  return state === 'warned' ? [`  ${name}`] : [];
}
