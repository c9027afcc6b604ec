// `tokenwatch key revoke`: takes an access key back at once.

import { type Command, JSON_OPTION } from '../../command.ts';
import { askKeys } from '../../keys.ts';
import { nameOf } from '../../rules.ts';

export const keyRevoke: Command = {
  name: 'key revoke',
  summary: 'take an access key back at once; what runs with it is ended',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch key revoke ci'],
  async run(context) {
    const { revoked, warning } = await askKeys(context, 'keyRevoke', { name: nameOf(context, 'key') });
    if (context.options.json) {
      context.print(JSON.stringify({ revoked, warning }, null, 2));
      return;
    }
    context.print(
      `The access key "${revoked.name}" is revoked. A running server refuses it within a second.`,
    );
    if (warning !== null) context.print(`Warning: ${warning}`);
  },
};
