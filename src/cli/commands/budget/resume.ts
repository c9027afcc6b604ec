// `tokenwatch budget resume`: takes a kill switch back, or all of them.

import { describeScope } from '../../../ledger/budget.ts';
import { SCOPE_OPTIONS, scopeOf, withBudgets } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';

export const budgetResume: Command = {
  name: 'budget resume',
  summary: 'let stopped traffic run again; all of it without options',
  options: [...SCOPE_OPTIONS, JSON_OPTION],
  examples: ['tokenwatch budget resume', 'tokenwatch budget resume --app runaway-agent'],
  async run(context) {
    const removed = await withBudgets(context, (book) => book.resume(scopeOf(context)));
    if (context.options.json) {
      context.print(JSON.stringify({ resumed: removed }));
      return;
    }
    for (const kill of removed) context.print(`Runs again: ${describeScope(kill.scope)}.`);
  },
};
