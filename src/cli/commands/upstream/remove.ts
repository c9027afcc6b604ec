// `tokenwatch upstream remove`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const upstreamRemove: Command = {
  name: 'upstream remove',
  summary: 'remove an upstream',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch upstream remove backup'],
  async run(context) {
    const name = nameOf(context, 'upstream');
    await ask(context, 'upstreamRemove', { name });
    context.print(
      context.options.json ? JSON.stringify({ removed: name }) : `The upstream "${name}" is removed.`,
    );
  },
};
