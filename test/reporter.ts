// What becomes of each test of some files, a line each and at once, for whoever runs them.

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

export interface TestLine {
  readonly state: 'started' | 'ended' | 'passed' | 'failed' | 'skipped' | 'warned' | 'end';
  /** Of a test or a file; what was warned of. */
  readonly name: string;
  /** In which it stands. */
  readonly file: string;
  /** Of a failure, or why it was skipped. */
  readonly about: string;
  /** At the end: what the files have cost the processor, with the programs that they started and saw end. */
  readonly cpuMs?: number;
}

/** Of /proc, whose numbers do not depend on the kernel's own clock. */
const TICK_MS = 10;

export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) for (const line of linesOf(event)) yield `${JSON.stringify(line)}\n`;
}

function linesOf(event: TestEvent): readonly TestLine[] {
  if (event.type === 'test:summary') return [{ state: 'end', name: '', file: '', about: '', cpuMs: cpuMs() }];
  if (event.type === 'test:diagnostic') {
    const { level, message } = event.data;
    // What a test threw after its end comes as plain information.
    const isWarning = level === 'warn' || level === 'error' || message.includes('asynchronous activity');
    return isWarning ? [{ ...placeOf(event.data), state: 'warned', name: message }] : [];
  }
  if (event.type === 'test:dequeue') return [{ ...placeOf(event.data), state: 'started' }];
  if (event.type !== 'test:pass' && event.type !== 'test:fail') return [];
  const place = placeOf(event.data);
  const ended: TestLine = { ...place, state: 'ended' };
  const { details, skip } = event.data;
  if (event.type === 'test:fail') {
    const { cause, failureType, message } = event.data.details.error as Error & {
      readonly failureType?: string;
    };
    // Of a suite only what is its own counts: a file that cannot be loaded, a hook that fails.
    if (failureType === 'subtestsFailed' && details.type === 'suite') return [ended];
    const about = String(cause instanceof Error ? cause.stack : (cause ?? message));
    return [ended, { ...place, state: 'failed', about }];
  }
  if (details.type === 'suite') return [ended];
  if (skip !== undefined && skip !== false)
    return [ended, { ...place, state: 'skipped', about: typeof skip === 'string' ? skip : '' }];
  return [ended, { ...place, state: 'passed' }];
}

function placeOf({ name = '', file = '' }: { readonly name?: string; readonly file?: string }) {
  return { name, file: relative(process.cwd(), file), about: '' };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + childrenCpuMs();
}

/** Only Linux tells it: browsers and databases are not counted elsewhere. */
function childrenCpuMs(): number {
  if (process.platform !== 'linux') return 0;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // The name, in brackets, may hold spaces; cutime and cstime are the fourteenth and fifteenth behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}
