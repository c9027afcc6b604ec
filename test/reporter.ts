// Prints failures in full, one line per finished file, and the closing line that CI reads.

import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

export default async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for await (const event of source) {
    if (event.type === 'test:diagnostic' && event.data.level === 'warn') yield `  ${event.data.message}\n`;
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
  yield `\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`;
}
