// `tokenwatch ab list`

import { type Command, JSON_OPTION } from '../../command.ts';
import { ask, tellOutage } from '../../server.ts';
import { tableLines } from '../../table.ts';

const COLUMNS = [
  { title: 'NAME' },
  { title: 'A' },
  { title: 'B' },
  { title: 'SHARE OF B', alignRight: true },
  { title: 'STICKY' },
  { title: 'STATE' },
];

export const abList: Command = {
  name: 'ab list',
  summary: 'the A/B tests',
  options: [JSON_OPTION],
  examples: ['tokenwatch ab list'],
  async run(context) {
    const { experiments, fault } = await ask(context, 'experiments', {});
    const tests = experiments.map(({ createdAtMs: _, ...test }) => test);
    if (context.options.json) {
      context.print(JSON.stringify({ tests, fault }, null, 2));
      return;
    }
    tellOutage(context, fault);
    if (tests.length === 0) context.print('There is no A/B test. "tokenwatch ab create --help" shows how.');
    else {
      const rows = tests.map((each) => [
        each.name,
        each.modelA,
        each.modelB,
        `${each.split} %`,
        each.sticky,
        each.state,
      ]);
      for (const line of tableLines(COLUMNS, rows, context.columns)) context.print(line);
    }
  },
};
