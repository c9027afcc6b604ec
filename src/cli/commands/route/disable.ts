// `tokenwatch route disable`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const routeDisable: Command = {
  name: 'route disable',
  summary: 'disable a routing rule',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch route disable night'],
  async run(context) {
    const name = nameOf(context, 'routing rule');
    await ask(context, 'routeChange', { name, enabled: false });
    context.print(
      context.options.json ? JSON.stringify({ disabled: name }) : `The routing rule "${name}" is disabled.`,
    );
  },
};
