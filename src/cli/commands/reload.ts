// `tokenwatch reload`: has the running server take what was changed of its settings and files.

import { TokenWatchError } from '../../core/errors.ts';
import { type Command, JSON_OPTION } from '../command.ts';
import { reportLines } from '../reload-report.ts';
import { askServer, serverOf } from '../server.ts';

export const reload: Command = {
  name: 'reload',
  summary: 'have the server read its settings, prices, keys and certificates again',
  options: [JSON_OPTION],
  examples: ['tokenwatch reload'],
  more: () => [
    '',
    'The server reads the .env file of the folder where it was started; its environment and flags are as they were.',
    'What cannot be changed while it runs is named. What is faulty stays as it was, and the command ends with 1.',
    'The signal SIGHUP does the same.',
  ],
  async run(context) {
    const server = await serverOf(context.settings());
    if (server === null)
      throw new TokenWatchError(
        'no_data',
        'No server runs on this data folder. "tokenwatch start" starts one, with the settings of then.',
      );
    const report = await askServer(server, 'reload', {});
    if (context.options.json === true) context.print(JSON.stringify(report, null, 2));
    else for (const line of reportLines(report)) context.print(line);
    if (report.faults.length > 0) process.exitCode = 1;
  },
};
