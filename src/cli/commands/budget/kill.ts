// `tokenwatch budget kill`: stops matching traffic at once, what is in flight too.

import { describeScope } from '../../../ledger/budget.ts';
import { SCOPE_OPTIONS, scopeOf, withBudgets } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';

export const budgetKill: Command = {
  name: 'budget kill',
  summary: 'stop matching traffic now, what is in flight too',
  options: [...SCOPE_OPTIONS, JSON_OPTION],
  examples: ['tokenwatch budget kill', 'tokenwatch budget kill --app runaway-agent'],
  async run(context) {
    const kill = await withBudgets(context, (book) => book.kill(scopeOf(context)));
    context.print(
      context.options.json
        ? JSON.stringify({ stopped: kill })
        : `Stopped: ${describeScope(kill.scope)}. "tokenwatch budget resume" with the same options lets it run again.`,
    );
  },
};
