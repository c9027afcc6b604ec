// `tokenwatch tag remove`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const tagRemove: Command = {
  name: 'tag remove',
  summary: 'remove a tag rule',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch tag remove sql'],
  async run(context) {
    const name = nameOf(context, 'tag rule');
    await ask(context, 'tagRemove', { name });
    context.print(
      context.options.json ? JSON.stringify({ removed: name }) : `The tag rule "${name}" is removed.`,
    );
  },
};
