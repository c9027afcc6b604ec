// `tokenwatch prompts rule remove`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const promptsRuleRemove: Command = {
  name: 'prompts rule remove',
  summary: 'remove an archive rule',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch prompts rule remove no-payroll'],
  async run(context) {
    const name = nameOf(context, 'archive rule');
    await ask(context, 'archiveRuleRemove', { name });
    context.print(
      context.options.json ? JSON.stringify({ removed: name }) : `The archive rule "${name}" is removed.`,
    );
  },
};
