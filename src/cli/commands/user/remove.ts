// `tokenwatch user remove`: ends their sessions, too.

import type { Command } from '../../command.ts';
import { changeUsers, nameOf } from '../../users.ts';

export const userRemove: Command = {
  name: 'user remove',
  summary: 'let somebody log in no more; what they have open ends',
  argument: '[name]',
  options: [],
  examples: ['tokenwatch user remove ann'],
  async run(context) {
    const name = nameOf(context);
    await changeUsers(context, 'user remove', name, (users) => users.remove(name));
    context.print(`"${name}" is removed.`);
  },
};
