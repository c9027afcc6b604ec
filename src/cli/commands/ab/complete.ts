// `tokenwatch ab complete`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const abComplete: Command = {
  name: 'ab complete',
  summary: 'complete an A/B test for good',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch ab complete cheaper'],
  async run(context) {
    const name = nameOf(context, 'A/B test');
    await ask(context, 'experimentChange', { name, state: 'completed' });
    context.print(
      context.options.json
        ? JSON.stringify({ name, state: 'completed' })
        : `A/B test "${name}" is completed.`,
    );
  },
};
