// `tokenwatch route list`

import { type Command, JSON_OPTION } from '../../command.ts';
import { ask, tellOutage } from '../../server.ts';
import { tableLines } from '../../table.ts';

const COLUMNS = [
  { title: 'PRIORITY', alignRight: true },
  { title: 'NAME' },
  { title: 'WHEN' },
  { title: 'TARGET' },
  { title: 'STATE' },
];

export const routeList: Command = {
  name: 'route list',
  summary: 'the routing rules, in the order in which they are tried',
  options: [JSON_OPTION],
  examples: ['tokenwatch route list'],
  async run(context) {
    const { routes, fault } = await ask(context, 'routes', {});
    const rules = routes
      .map(({ createdAtMs: _, ...rule }) => rule)
      .sort((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
    if (context.options.json) {
      context.print(JSON.stringify({ routes: rules, fault }, null, 2));
      return;
    }
    tellOutage(context, fault);
    if (rules.length === 0) context.print('No routing rule is set. "tokenwatch route add --help" shows how.');
    else {
      const rows = rules.map((rule) => [
        String(rule.priority),
        rule.name,
        rule.conditions
          .map(({ type, value }) => `${type} ${value}`)
          .join(rule.match === 'all' ? ' and ' : ' or '),
        rule.upstream == null ? rule.target : `${rule.target} at ${rule.upstream}`,
        rule.enabled ? 'enabled' : 'disabled',
      ]);
      for (const line of tableLines(COLUMNS, rows, context.columns)) context.print(line);
    }
  },
};
