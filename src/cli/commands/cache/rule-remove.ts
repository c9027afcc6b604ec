// `tokenwatch cache rule remove`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const cacheRuleRemove: Command = {
  name: 'cache rule remove',
  summary: 'remove a cache rule',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch cache rule remove faq'],
  async run(context) {
    const name = nameOf(context, 'cache rule');
    await ask(context, 'cacheRuleRemove', { name });
    context.print(
      context.options.json ? JSON.stringify({ removed: name }) : `The cache rule "${name}" is removed.`,
    );
  },
};
