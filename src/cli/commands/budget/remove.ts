// `tokenwatch budget remove`: by name or id.

import { TokenWatchError } from '../../../core/errors.ts';
import { withBudgets } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';

export const budgetRemove: Command = {
  name: 'budget remove',
  summary: 'remove a budget, by name or id',
  argument: '[budget]',
  options: [JSON_OPTION],
  examples: ['tokenwatch budget remove daily'],
  async run(context) {
    const name = context.arguments[0];
    if (name === undefined)
      throw new TokenWatchError('invalid_argument', 'Which budget? "tokenwatch budget status" names them.');
    const removed = await withBudgets(context, (book) => book.remove(name));
    context.print(
      context.options.json
        ? JSON.stringify({ removed: { id: removed.id, name: removed.name } })
        : `Budget "${removed.name}" (${removed.id}) is removed.`,
    );
  },
};
