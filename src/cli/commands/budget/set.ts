// `tokenwatch budget set`: adds a budget, or changes the one of that name.

import { BUDGET_ACTIONS, BUDGET_PERIODS, describeScope, SHARED_BY } from '../../../ledger/budget.ts';
import { optionText, SCOPE_OPTIONS, scopeOf } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { ask } from '../../server.ts';

export const budgetSet: Command = {
  name: 'budget set',
  summary: 'limit what matching requests may cost in each period',
  options: [
    { flags: '--limit <dollars>', about: 'the most that a period may cost, such as 25 or 0.50' },
    { flags: '--period <period>', about: `${BUDGET_PERIODS.join(', ')} (monthly if not given)` },
    ...SCOPE_OPTIONS,
    {
      flags: '--per <what>',
      about: `${SHARED_BY.join(', ')}: each one may spend the limit by itself (all: all of them together)`,
    },
    { flags: '--action <action>', about: `${BUDGET_ACTIONS.join(', ')} (hard: block, webhook: notify)` },
    { flags: '--threshold <percents>', about: 'when to warn or notify: 80, or 50,80,100' },
    {
      flags: '--unknown <choice>',
      about: 'what to do with a request whose price is unknown: allow, block, default (block if not set)',
    },
    { flags: '--webhook-url <url>', about: 'called at each threshold, once a period' },
    { flags: '--name <name>', about: 'what to call it (period and scope if not given)' },
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch budget set --limit 25 --period daily',
    "tokenwatch budget set --limit 5 --period hourly --app claude-code --model 'claude-opus-*'",
    'tokenwatch budget set --limit 200 --action warn --threshold 50,80,100',
    'tokenwatch budget set --limit 5 --period daily --per session',
  ],
  async run(context) {
    const text = (name: string): string | undefined => optionText(context, name);
    const { added, changed, warning } = await ask(context, 'budgetSet', {
      limit: text('limit'),
      period: text('period'),
      ...scopeOf(context),
      per: text('per'),
      action: text('action'),
      name: text('name'),
      webhookUrl: text('webhookUrl'),
      thresholds: text('threshold'),
      unknown: text('unknown'),
    });
    const budget = changed ?? added;
    if (budget === undefined) throw new Error('a budget that was set is told');
    const isChange = changed !== undefined;
    if (context.options.json) {
      context.print(JSON.stringify({ changed: isChange, budget, warning }, null, 2));
      return;
    }
    const { name, id, limitUsd, period, scope, action, per, webhookSecret } = budget;
    const each = per === null ? '' : ` to each ${per}`;
    context.print(
      `Budget "${name}" (${id}) is ${isChange ? 'changed' : 'set'}: $${limitUsd} ${period}${each} for ${describeScope(scope)}, action ${action}.`,
    );
    if (warning !== null) context.print(`Warning: ${warning}`);
    if (webhookSecret !== undefined)
      context.print(`Webhooks are signed (Standard Webhooks) with ${webhookSecret}`);
  },
};
