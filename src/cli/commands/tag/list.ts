// `tokenwatch tag list`

import { type Command, JSON_OPTION } from '../../command.ts';
import { ask, tellOutage } from '../../server.ts';
import { tableLines } from '../../table.ts';

export const tagList: Command = {
  name: 'tag list',
  summary: 'the rules that tag requests, in the order in which they are tried',
  options: [JSON_OPTION],
  examples: ['tokenwatch tag list'],
  async run(context) {
    const { tags, fault } = await ask(context, 'tags', {});
    const rules = tags.map(({ createdAtMs: _, ...rule }) => rule);
    if (context.options.json) {
      context.print(JSON.stringify({ tags: rules, fault }, null, 2));
      return;
    }
    tellOutage(context, fault);
    if (rules.length === 0) context.print('No tag rule is set. "tokenwatch tag add --help" shows how.');
    else {
      const columns = [{ title: 'NAME' }, { title: 'CONDITION' }, { title: 'TAG' }];
      const rows = rules.map((rule) => [
        rule.name,
        `${rule.condition.type} ${rule.condition.value}`,
        rule.tag,
      ]);
      for (const line of tableLines(columns, rows, context.columns)) context.print(line);
    }
  },
};
