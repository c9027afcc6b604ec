// What a test takes down when it has ended. Node's own `after` begins with what was given first, which would remove a
// folder under a server that still writes into it, and stops at the first that fails, which would leave that server.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const stacks = new WeakMap<TestContext, AsyncDisposableStack>();

/** Done after the test: the last given first, and each also where another one fails. */
export function atEnd(context: TestContext, undo: () => unknown): void {
  let stack = stacks.get(context);
  if (stack === undefined) {
    const fresh = new AsyncDisposableStack();
    stacks.set(context, fresh);
    context.after(() => fresh.disposeAsync());
    stack = fresh;
  }
  stack.defer(async () => {
    await undo();
  });
}

/** An empty folder that goes with the test. */
export function temporaryFolder(context: TestContext, name = 'test'): string {
  const folder = mkdtempSync(join(tmpdir(), `tokenwatch-${name}-`));
  atEnd(context, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
