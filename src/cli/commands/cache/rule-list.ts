// `tokenwatch cache rule list`

import { inOrder } from '../../../policy/cache-policy.ts';
import { cacheRuleInWords } from '../../cache.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { ask, tellOutage } from '../../server.ts';
import { tableLines } from '../../table.ts';

const COLUMNS = [{ title: 'PRIORITY', alignRight: true }, { title: 'NAME' }, { title: 'RULE' }];

export const cacheRuleList: Command = {
  name: 'cache rule list',
  summary: 'the cache rules, in the order in which they are tried',
  options: [JSON_OPTION],
  examples: ['tokenwatch cache rule list'],
  async run(context) {
    const { cacheRules, fault } = await ask(context, 'cacheRules', {});
    const rules = inOrder(cacheRules.map(({ createdAtMs: _, ...rule }) => rule));
    if (context.options.json) {
      context.print(JSON.stringify({ rules, fault }, null, 2));
      return;
    }
    tellOutage(context, fault);
    if (rules.length === 0)
      context.print('No cache rule is set. "tokenwatch cache rule add --help" shows how.');
    else {
      const rows = rules.map((rule) => [String(rule.priority), rule.name, cacheRuleInWords(rule)]);
      for (const line of tableLines(COLUMNS, rows, context.columns)) context.print(line);
    }
  },
};
