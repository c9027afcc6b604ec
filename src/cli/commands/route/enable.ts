// `tokenwatch route enable`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const routeEnable: Command = {
  name: 'route enable',
  summary: 'enable a routing rule',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch route enable night'],
  async run(context) {
    const name = nameOf(context, 'routing rule');
    await ask(context, 'routeChange', { name, enabled: true });
    context.print(
      context.options.json ? JSON.stringify({ enabled: name }) : `The routing rule "${name}" is enabled.`,
    );
  },
};
