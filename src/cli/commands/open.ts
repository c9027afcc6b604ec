// `tokenwatch open`: a link to the dashboard with all rights.

import { TokenWatchError } from '../../core/errors.ts';
import type { Command } from '../command.ts';
import { askServer, serverOf } from '../server.ts';

export const open: Command = {
  name: 'open',
  summary: 'print a link that opens the dashboard with all rights, once',
  options: [],
  examples: ['tokenwatch open'],
  async run(context) {
    const server = await serverOf(context.settings());
    if (server === null)
      throw new TokenWatchError(
        'no_data',
        'No server runs on this data folder. "tokenwatch start" starts one.',
      );
    const { added } = await askServer(server, 'linkAdd', {});
    context.print(`${server.url}${added.path}`);
  },
};
