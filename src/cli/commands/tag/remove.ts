// `tokenwatch tag remove`

import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf, withRules } from '../../rules.ts';

export const tagRemove: Command = {
  name: 'tag remove',
  summary: 'remove a tag rule',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch tag remove sql'],
  async run(context) {
    const name = nameOf(context, 'tag rule');
    await withRules(context, (editor) => editor.remove('tag', name));
    context.print(
      context.options.json ? JSON.stringify({ removed: name }) : `The tag rule "${name}" is removed.`,
    );
  },
};
