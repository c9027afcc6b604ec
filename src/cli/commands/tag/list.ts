// `tokenwatch tag list`

import { type Command, JSON_OPTION } from '../../command.ts';
import { ask } from '../../server.ts';
import { tableLines } from '../../table.ts';

export const tagList: Command = {
  name: 'tag list',
  summary: 'the rules that tag requests, in the order in which they are tried',
  options: [JSON_OPTION],
  examples: ['tokenwatch tag list'],
  async run(context) {
    const { tags } = await ask(context, 'tags', {});
    const rules = tags.map(({ createdAtMs: _, ...rule }) => rule);
    if (context.options.json) context.print(JSON.stringify({ tags: rules }, null, 2));
    else if (rules.length === 0) context.print('No tag rule is set. "tokenwatch tag add --help" shows how.');
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
