// `tokenwatch budget raise`: lets a budget spend more for a while.

import { userName } from '../../../access/login/user-name.ts';
import { required } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const budgetRaise: Command = {
  name: 'budget raise',
  summary: 'let a budget spend more for a while',
  argument: '[budget]',
  options: [
    { flags: '--by <dollars>', about: 'how much more, such as 5' },
    { flags: '--for <time>', about: 'for how long: 30m, 2h, 1d, up to 31d' },
    JSON_OPTION,
  ],
  examples: ['tokenwatch budget raise daily --by 5 --for 2h'],
  async run(context) {
    const name = nameOf(context, 'budget');
    const by = required(context, 'by', 'By how much?', '--by 5');
    const time = required(context, 'for', 'For how long?', '--for 2h');
    const { raised, allowedUsd } = await ask(context, 'budgetRaise', {
      name,
      by,
      for: time,
      who: userName(),
    });
    if (context.options.json) {
      context.print(JSON.stringify({ raised, allowedUsd }, null, 2));
      return;
    }
    const raise = raised.raises.at(-1);
    context.print(`Budget "${raised.name}" is raised by $${raise?.byUsd} to $${allowedUsd} until ${raise?.until}.
After that its limit is $${raised.limitUsd} again, whatever was spent.`);
  },
};
