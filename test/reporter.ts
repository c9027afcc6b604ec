// Prints failures in full, which files took longest, and the closing line that CI reads.

import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

/** Files that took longer are named at the end: the whole suite has ten minutes. */
const SLOW_MS = 10_000;

export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const slow: { readonly file: string; readonly seconds: number }[] = [];
  for await (const event of source) {
    if (event.type === 'test:diagnostic' && event.data.level === 'warn') yield `  ${event.data.message}\n`;
    if (event.type === 'test:summary' && event.data.file !== undefined && event.data.duration_ms > SLOW_MS)
      slow.push({ file: relative(process.cwd(), event.data.file), seconds: event.data.duration_ms / 1000 });
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, file, details, skip } = event.data;
    if (details.type === 'suite') continue;
    const isWholeFile = file !== undefined && relative(process.cwd(), file) === name;
    if (event.type === 'test:fail') {
      failed += 1;
      const error = event.data.details.error;
      yield `FAIL ${file === undefined ? '' : relative(process.cwd(), file)}: ${name}\n`;
      yield `${String(error.cause instanceof Error ? error.cause.stack : (error.cause ?? error.message))}\n\n`;
    } else if (skip !== undefined && skip !== false) {
      skipped += 1;
      yield `skip ${name}${typeof skip === 'string' ? `: ${skip}` : ''}\n`;
    } else if (!isWholeFile) {
      passed += 1;
    }
  }
  for (const { file, seconds } of slow.sort((one, other) => other.seconds - one.seconds))
    yield `${seconds.toFixed(0).padStart(4)} s ${file}\n`;
  yield `\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`;
}
