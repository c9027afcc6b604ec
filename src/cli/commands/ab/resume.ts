// `tokenwatch ab resume`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const abResume: Command = {
  name: 'ab resume',
  summary: 'resume an A/B test',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch ab resume cheaper'],
  async run(context) {
    const name = nameOf(context, 'A/B test');
    await ask(context, 'experimentChange', { name, state: 'active' });
    context.print(
      context.options.json ? JSON.stringify({ name, state: 'active' }) : `A/B test "${name}" is active.`,
    );
  },
};
