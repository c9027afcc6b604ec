// `tokenwatch prompts rule list`

import { inOrder } from '../../../policy/cache-policy.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { ask, tellOutage } from '../../server.ts';
import { tableLines } from '../../table.ts';
import { archiveRuleInWords } from './rule-add.ts';

const COLUMNS = [{ title: 'PRIORITY', alignRight: true }, { title: 'NAME' }, { title: 'RULE' }];

export const promptsRuleList: Command = {
  name: 'prompts rule list',
  summary: 'the archive rules, in the order in which they are tried',
  options: [JSON_OPTION],
  examples: ['tokenwatch prompts rule list'],
  async run(context) {
    const { archiveRules, fault } = await ask(context, 'archiveRules', {});
    const rules = inOrder(archiveRules.map(({ createdAtMs: _, ...rule }) => rule));
    if (context.options.json) {
      context.print(JSON.stringify({ rules, fault }, null, 2));
      return;
    }
    tellOutage(context, fault);
    if (rules.length === 0)
      context.print('No archive rule is set: TOKENWATCH_STORE_PROMPTS decides for every request.');
    else {
      const rows = rules.map((rule) => [String(rule.priority), rule.name, archiveRuleInWords(rule)]);
      for (const line of tableLines(COLUMNS, rows, context.columns)) context.print(line);
    }
  },
};
