// `tokenwatch user logout`: ends the sessions of a user, on whatever device, or of everybody.

import { counted } from '../../../core/counted.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { askServer, serverOf } from '../../server.ts';
import { nameOf } from '../../users.ts';

export const userLogout: Command = {
  name: 'user logout',
  summary: 'end all sessions of a user, or of everybody',
  argument: '[name]',
  options: [{ flags: '--all', about: 'of everybody' }, JSON_OPTION],
  examples: [
    'tokenwatch user logout ann',
    'tokenwatch user logout oidc:ann@example.com',
    'tokenwatch user logout --all',
  ],
  more: () => ['', 'Whoever comes by an identity provider is called oidc: and the name there.'],
  async run(context) {
    const user = context.options.all === true ? '*' : nameOf(context);
    const server = await serverOf(context.settings());
    if (server === null)
      throw new TokenWatchError('no_data', 'No server runs on this data folder: all sessions ended with it.');
    const { ended } = await askServer(server, 'sessionsEnd', { user });
    if (context.options.json === true) context.print(JSON.stringify({ ended }));
    else context.print(`${counted(ended, 'session')} ended.`);
  },
};
