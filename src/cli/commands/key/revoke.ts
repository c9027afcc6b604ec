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
    const { revoked } = await askKeys(context, 'keyRevoke', { name: nameOf(context, 'key') });
    context.print(
      context.options.json
        ? JSON.stringify({ revoked }, null, 2)
        : `The access key "${revoked.name}" is revoked. A running server refuses it within a second.`,
    );
  },
};
