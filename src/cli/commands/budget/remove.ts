// `tokenwatch budget remove`: by name or id.

import { type Command, JSON_OPTION, UsageError } from '../../command.ts';
import { ask } from '../../server.ts';

export const budgetRemove: Command = {
  name: 'budget remove',
  summary: 'remove a budget, by name or id',
  argument: '[budget]',
  options: [JSON_OPTION],
  examples: ['tokenwatch budget remove daily'],
  async run(context) {
    const name = context.arguments[0];
    if (name === undefined) throw new UsageError('Which budget? "tokenwatch budget status" names them.');
    const { removed, id } = await ask(context, 'budgetRemove', { name });
    context.print(
      context.options.json
        ? JSON.stringify({ removed: { id, name: removed } })
        : `Budget "${removed}" (${id}) is removed.`,
    );
  },
};
