// `tokenwatch ab resume`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf, withRules } from '../../rules.ts';

export const abResume: Command = {
  name: 'ab resume',
  summary: 'resume an A/B test',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch ab resume cheaper'],
  async run(context) {
    const name = nameOf(context, 'A/B test');
    await withRules(context, (editor) => editor.setExperimentState(name, 'active'));
    context.print(
      context.options.json ? JSON.stringify({ name, state: 'active' }) : `A/B test "${name}" is active.`,
    );
  },
};
