// `tokenwatch budget status`: every budget with what is spent, reserved and left, and what is stopped.

import { counted } from '../../../core/counted.ts';
import { formatUsd, NANO_USD_PER_USD } from '../../../core/money.ts';
import type { BudgetRow } from '../../../dashboard/contract.ts';
import { describeScope } from '../../../ledger/budget.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { ask, tellOutage } from '../../server.ts';
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
    const { budgets, stopped, fault } = await ask(context, 'budgetStatus', {});
    if (context.options.json) {
      context.print(JSON.stringify({ budgets, stopped, fault }, null, 2));
      return;
    }
    tellOutage(context, fault);
    if (budgets.length === 0) {
      context.print('No budget is set. "tokenwatch budget set --limit 25 --period daily" sets one.');
    } else {
      const rows = budgets.map(cells);
      for (const line of tableLines(COLUMNS, rows, context.columns)) context.print(line);
      for (const budget of budgets) for (const line of remarks(budget)) context.print(line);
    }
    for (const { id, createdAtMs, stops } of stopped)
      context.print(`Stopped since ${new Date(createdAtMs).toISOString()}: ${stops} (${id}).`);
  },
};

function cells(budget: BudgetRow): string[] {
  const { name, scope, per, period, action, allowedUsd, spentUsd, reservedUsd, remainingUsd } = budget;
  return [
    name,
    scopeWords(scope, per),
    period,
    action,
    `$${allowedUsd}`,
    ...[spentUsd, reservedUsd, remainingUsd].map(dollars),
  ];
}

/** Whose each allowance is comes first: where the room is short, the end is cut. */
function scopeWords(scope: BudgetRow['scope'], per: BudgetRow['per']): string {
  const words = describeScope(scope);
  if (per === null) return words;
  return Object.values(scope).every((part) => part === null) ? `per ${per}` : `per ${per}, ${words}`;
}

const dollars = (exact: string): string => formatUsd(Number(exact) * NANO_USD_PER_USD);

function remarks(budget: BudgetRow): string[] {
  const { name, per, share, shares, limitUsd, allowedUsd, raises } = budget;
  const { overrunUsd, unpricedRequests, periodEnd } = budget;
  const lines: string[] = [];
  if (per !== null && shares !== null && shares.known > 0)
    lines.push(
      `"${name}": of ${shares.known} known, ${shares.usedUp} used up; the figures are those of the most used: ${share ?? `requests without a ${per}`}.`,
    );
  if (allowedUsd !== limitUsd)
    for (const { byUsd, until, who } of raises.filter((raise) => Date.parse(raise.until) > Date.now()))
      lines.push(`"${name}" is raised by $${byUsd} until ${until}, by ${who}.`);
  if (periodEnd !== null) lines.push(`"${name}" begins anew at ${periodEnd}.`);
  if (overrunUsd !== '0')
    lines.push(`"${name}": requests cost ${dollars(overrunUsd)} more than they had reserved.`);
  if (unpricedRequests > 0)
    lines.push(
      `"${name}": ${counted(unpricedRequests, 'request at an unknown price is', 'requests at an unknown price are')} not counted.`,
    );
  return lines;
}
