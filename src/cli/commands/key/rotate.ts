// `tokenwatch key rotate`: a new key for the same name.

import { optionText } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { askKeys, SHOWN_ONCE } from '../../keys.ts';
import { nameOf } from '../../rules.ts';

export const keyRotate: Command = {
  name: 'key rotate',
  summary: 'make a new key for the same name',
  argument: '[name]',
  options: [
    { flags: '--grace <time>', about: 'how long the one before is still taken', standard: '0' },
    JSON_OPTION,
  ],
  examples: ['tokenwatch key rotate ci --grace 1h'],
  async run(context) {
    const name = nameOf(context, 'key');
    const grace = optionText(context, 'grace') ?? '0';
    const { changed, key } = await askKeys(context, 'keyRotate', { name, grace });
    if (context.options.json) {
      context.print(JSON.stringify({ changed, key }, null, 2));
      return;
    }
    const ends = changed.keys[1]?.ends;
    const before =
      grace === '0' ? 'The one before is not taken any more.' : `The one before is taken until ${ends}.`;
    context.print(`${key}

This is the access key "${changed.name}" from now on. ${before} ${SHOWN_ONCE}`);
  },
};
