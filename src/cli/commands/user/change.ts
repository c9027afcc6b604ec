// `tokenwatch user change`: another role, or a new password.

import { hashPassword } from '../../../access/login/password.ts';
import { ROLES } from '../../../access/login/role.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import type { Command } from '../../command.ts';
import { newPassword } from '../../password-prompt.ts';
import { changeUsers, nameOf, roleOf } from '../../users.ts';

export const userChange: Command = {
  name: 'user change',
  summary: 'give a user another role, or a new password (which ends what they have open)',
  argument: '[name]',
  options: [
    { flags: '--role <role>', about: 'the new role', choices: ROLES },
    { flags: '--password', about: 'asks for a new password, or reads a line of input' },
  ],
  examples: ['tokenwatch user change ann --role operator', 'tokenwatch user change ann --password'],
  async run(context) {
    const name = nameOf(context);
    const { role, password } = context.options;
    if (role === undefined && password !== true)
      throw new TokenWatchError('invalid_argument', 'Change what? Give --role ROLE, --password, or both.');
    const changes = {
      ...(role !== undefined && { role: roleOf(role) }),
      ...(password === true && { password: await hashPassword(await newPassword(name, context.signal)) }),
    };
    await changeUsers(context, 'user change', name, (users) => users.change(name, changes));
    context.print(`"${name}" is changed.`);
  },
};
