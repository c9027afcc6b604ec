// `tokenwatch budget status`: every budget with what is spent, reserved and left, and what is stopped.

import { formatUsd } from '../../../core/money.ts';
import type { BudgetStanding } from '../../../ledger/account.ts';
import { describeScope, exactUsd } from '../../../ledger/budget.ts';
import { standingJson } from '../../../ledger/standing-json.ts';
import { withBudgets } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { tableLines } from '../../table.ts';

const COLUMNS = [
  { title: 'BUDGET' },
  { title: 'SCOPE' },
  { title: 'PERIOD' },
  { title: 'ACTION' },
  { title: 'LIMIT', alignRight: true },
  { title: 'SPENT', alignRight: true },
  { title: 'RESERVED', alignRight: true },
  { title: 'LEFT', alignRight: true },
];

export const budgetStatus: Command = {
  name: 'budget status',
  summary: 'what every budget has spent, reserved and left',
  options: [JSON_OPTION],
  examples: ['tokenwatch budget status', 'tokenwatch budget status --json'],
  async run(context) {
    const { standings, kills } = await withBudgets(context, (book) => book.status());
    if (context.options.json) {
      context.print(JSON.stringify({ budgets: standings.map(standingJson), stopped: kills }, null, 2));
      return;
    }
    if (standings.length === 0) {
      context.print('No budget is set. "tokenwatch budget set --limit 25 --period daily" sets one.');
    } else {
      const rows = standings.map(cells);
      for (const line of tableLines(COLUMNS, rows, context.columns)) context.print(line);
      for (const standing of standings) for (const line of remarks(standing)) context.print(line);
    }
    for (const kill of kills)
      context.print(
        `Stopped since ${new Date(kill.createdAtMs).toISOString()}: ${describeScope(kill.scope)} (${kill.id}).`,
      );
  },
};

function cells(standing: BudgetStanding): string[] {
  const { budget } = standing;
  return [
    budget.name,
    describeScope(budget.scope),
    budget.period,
    budget.action,
    `$${exactUsd(budget.limitNanoUsd)}`,
    formatUsd(standing.spentNanoUsd),
    formatUsd(standing.reservedNanoUsd),
    formatUsd(standing.remainingNanoUsd),
  ];
}

function remarks({ budget, overrunNanoUsd, unpricedRequests, periodEndMs }: BudgetStanding): string[] {
  const lines: string[] = [];
  if (Number.isFinite(periodEndMs))
    lines.push(`"${budget.name}" begins anew at ${new Date(periodEndMs).toISOString()}.`);
  if (overrunNanoUsd > 0)
    lines.push(`"${budget.name}": requests cost ${formatUsd(overrunNanoUsd)} more than they had reserved.`);
  if (unpricedRequests > 0)
    lines.push(`"${budget.name}": ${unpricedRequests} requests at an unknown price are not counted.`);
  return lines;
}
