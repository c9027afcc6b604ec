// `tokenwatch ab pause`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const abPause: Command = {
  name: 'ab pause',
  summary: 'pause an A/B test',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch ab pause cheaper'],
  async run(context) {
    const name = nameOf(context, 'A/B test');
    await ask(context, 'experimentChange', { name, state: 'paused' });
    context.print(
      context.options.json ? JSON.stringify({ name, state: 'paused' }) : `A/B test "${name}" is paused.`,
    );
  },
};
