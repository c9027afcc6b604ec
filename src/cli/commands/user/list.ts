// `tokenwatch user list`

import { UserFile } from '../../../access/login/users.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { tableLines } from '../../table.ts';

export const userList: Command = {
  name: 'user list',
  summary: 'who may log in to the dashboard',
  options: [JSON_OPTION],
  examples: ['tokenwatch user list'],
  async run(context) {
    const users = [...new UserFile(context.settings().TOKENWATCH_DATA_DIR).all.values()].map(
      ({ password: _hidden, ...user }) => user,
    );
    if (context.options.json) context.print(JSON.stringify({ users }, null, 2));
    else if (users.length === 0)
      context.print('There is no user: whoever sits at this machine sees the dashboard without a login.');
    else {
      const rows = users.map(({ name, role, createdAtMs }) => [
        name,
        role,
        new Date(createdAtMs).toISOString().slice(0, 10),
      ]);
      const columns = [{ title: 'NAME' }, { title: 'ROLE' }, { title: 'SINCE' }];
      for (const line of tableLines(columns, rows, context.columns)) context.print(line);
    }
  },
};
