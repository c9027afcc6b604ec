// What becomes of each test of a file, a line each and at once, for whoever runs the files.

import type { TestEvent } from 'node:test/reporters';

export interface TestLine {
  readonly state: 'started' | 'ended' | 'passed' | 'failed' | 'skipped' | 'warned' | 'end';
  /** Of a test; what was warned of. */
  readonly name: string;
  /** Of a failure, or why it was skipped. */
  readonly about: string;
}

export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) for (const line of linesOf(event)) yield `${JSON.stringify(line)}\n`;
}

function linesOf(event: TestEvent): readonly TestLine[] {
  if (event.type === 'test:diagnostic') {
    const { level, message } = event.data;
    // What a test threw after its end comes as plain information.
    const isWarning = level === 'warn' || level === 'error' || message.includes('asynchronous activity');
    return isWarning ? [{ state: 'warned', name: message, about: '' }] : [];
  }
  if (event.type === 'test:summary') return [{ state: 'end', name: '', about: '' }];
  if (event.type === 'test:dequeue') return [{ state: 'started', name: event.data.name, about: '' }];
  if (event.type !== 'test:pass' && event.type !== 'test:fail') return [];
  const { name, details, skip } = event.data;
  const ended: TestLine = { state: 'ended', name, about: '' };
  if (details.type === 'suite') return [ended];
  if (event.type === 'test:fail') {
    const { cause, message } = event.data.details.error;
    const about = String(cause instanceof Error ? cause.stack : (cause ?? message));
    return [ended, { state: 'failed', name, about }];
  }
  if (skip !== undefined && skip !== false)
    return [ended, { state: 'skipped', name, about: typeof skip === 'string' ? skip : '' }];
  return [ended, { state: 'passed', name, about: '' }];
}
