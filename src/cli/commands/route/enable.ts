// `tokenwatch route enable`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf, withRules } from '../../rules.ts';

export const routeEnable: Command = {
  name: 'route enable',
  summary: 'enable a routing rule',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch route enable night'],
  async run(context) {
    const name = nameOf(context, 'routing rule');
    await withRules(context, (editor) => editor.setRouteEnabled(name, true));
    context.print(
      context.options.json ? JSON.stringify({ enabled: name }) : `The routing rule "${name}" is enabled.`,
    );
  },
};
