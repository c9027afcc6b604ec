// A running app that finds budgets set, as if by the command line before its start.

import type { TestContext } from 'node:test';
import { systemClock } from '../../src/core/clock.ts';
import { BudgetBook } from '../../src/ledger/book/budget-book.ts';
import type { BudgetRequest } from '../../src/ledger/book/budget-request.ts';
import { visitStore } from '../../src/storage/registry.ts';
import { startTestApp, type TestApp, type TestAppOptions } from '../start-test-app.ts';

export async function withBook<T>(dataDir: string, work: (book: BudgetBook) => Promise<T>): Promise<T> {
  const { budgets: bank, close } = await visitStore({ TOKENWATCH_DATA_DIR: dataDir }, 'create');
  try {
    return await work(new BudgetBook({ bank, clock: systemClock, timeZone: 'UTC' }));
  } finally {
    await close();
  }
}

export async function appWith(
  context: TestContext,
  budgets: readonly BudgetRequest[],
  options: TestAppOptions = {},
): Promise<TestApp> {
  const app = await startTestApp({
    ...options,
    prepare: (dataDir) =>
      withBook(dataDir, async (book) => {
        for (const budget of budgets) await book.set({ period: 'total', ...budget });
      }),
  });
  context.after(() => app.close());
  return app;
}
