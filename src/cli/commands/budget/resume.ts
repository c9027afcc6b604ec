// `tokenwatch budget resume`: takes a kill switch back, or all of them.

import { SCOPE_OPTIONS, scopeOf } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { ask } from '../../server.ts';

export const budgetResume: Command = {
  name: 'budget resume',
  summary: 'let stopped traffic run again; all of it without options',
  options: [...SCOPE_OPTIONS, JSON_OPTION],
  examples: ['tokenwatch budget resume', 'tokenwatch budget resume --app runaway-agent'],
  async run(context) {
    const { resumed, warning } = await ask(context, 'killsRemove', scopeOf(context));
    if (context.options.json) {
      context.print(JSON.stringify({ resumed, warning }));
      return;
    }
    for (const { stops } of resumed) context.print(`Runs again: ${stops}.`);
    if (warning !== null) context.print(`Warning: ${warning}`);
  },
};
