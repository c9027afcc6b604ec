// `tokenwatch route remove`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const routeRemove: Command = {
  name: 'route remove',
  summary: 'remove a routing rule',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch route remove night'],
  async run(context) {
    const name = nameOf(context, 'routing rule');
    await ask(context, 'routeRemove', { name });
    context.print(
      context.options.json ? JSON.stringify({ removed: name }) : `The routing rule "${name}" is removed.`,
    );
  },
};
