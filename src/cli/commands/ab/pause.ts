// `tokenwatch ab pause`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf, withRules } from '../../rules.ts';

export const abPause: Command = {
  name: 'ab pause',
  summary: 'pause an A/B test',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch ab pause cheaper'],
  async run(context) {
    const name = nameOf(context, 'A/B test');
    await withRules(context, (editor) => editor.setExperimentState(name, 'paused'));
    context.print(
      context.options.json ? JSON.stringify({ name, state: 'paused' }) : `A/B test "${name}" is paused.`,
    );
  },
};
