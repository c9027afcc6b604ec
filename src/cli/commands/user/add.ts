// `tokenwatch user add`: from then on the dashboard asks for a login.

import { hashPassword } from '../../../access/login/password.ts';
import { ROLES } from '../../../access/login/role.ts';
import { systemClock } from '../../../core/clock.ts';
import type { Command } from '../../command.ts';
import { newPassword } from '../../password-prompt.ts';
import { changeUsers, nameOf, roleOf } from '../../users.ts';

export const userAdd: Command = {
  name: 'user add',
  summary: 'let somebody log in to the dashboard; asks for the password, or reads a line of input',
  argument: '[name]',
  options: [
    {
      flags: '--role <role>',
      about: 'viewer sees figures, operator changes rules and budgets, admin everything',
      standard: 'viewer',
      choices: ROLES,
    },
  ],
  examples: ['tokenwatch user add ann --role admin', 'tokenwatch user add wall-screen < password.txt'],
  async run(context) {
    const name = nameOf(context);
    const role = roleOf(context.options.role);
    const password = await hashPassword(await newPassword(name, context.signal));
    await changeUsers(context, 'user add', name, (users) =>
      users.add({ name, role, password, createdAtMs: systemClock.now() }),
    );
    context.print(`"${name}" can log in to the dashboard now, as ${role}.`);
  },
};
