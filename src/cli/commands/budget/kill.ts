// `tokenwatch budget kill`: stops matching traffic at once, what is in flight too.

import { SCOPE_OPTIONS, scopeOf } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { ask } from '../../server.ts';

export const budgetKill: Command = {
  name: 'budget kill',
  summary: 'stop matching traffic now, what is in flight too',
  options: [...SCOPE_OPTIONS, JSON_OPTION],
  examples: ['tokenwatch budget kill', 'tokenwatch budget kill --app runaway-agent'],
  async run(context) {
    const { added, warning } = await ask(context, 'kill', scopeOf(context));
    const { stops, ...kill } = added;
    context.print(
      context.options.json
        ? JSON.stringify({ stopped: kill, warning })
        : `Stopped: ${stops}. "tokenwatch budget resume" with the same options lets it run again.`,
    );
    if (!context.options.json && warning !== null) context.print(`Warning: ${warning}`);
  },
};
