// `tokenwatch cost forecast`: to the end of today and of the month, and when each budget runs out.

import { counted } from '../../../core/counted.ts';
import { formatUsd } from '../../../core/money.ts';
import type { BudgetForecast, ForecastAnswer, ForecastSum } from '../../../dashboard/contract.ts';
import { optionText } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { ask } from '../../server.ts';
import { tableLines } from '../../table.ts';

const COLUMNS = [
  { title: 'UNTIL THE END OF' },
  { title: 'SPENT', alignRight: true },
  { title: 'EXPECTED', alignRight: true },
  { title: 'BETWEEN', alignRight: true },
];

export const costForecastCommand: Command = {
  name: 'cost forecast',
  summary: 'what today and this month will cost, and when budgets run out',
  options: [
    { flags: '--app <name>', about: 'only this application (budgets keep their own scope)' },
    { flags: '--tag <tag>', about: 'only this tag, or a facet of it' },
    { flags: '--model <name>', about: 'only this model' },
    JSON_OPTION,
  ],
  examples: ['tokenwatch cost forecast', 'tokenwatch cost forecast --app claude-code'],
  async run(context) {
    const filter = Object.fromEntries(
      ['app', 'tag', 'model'].flatMap((name) => {
        const value = optionText(context, name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const answer = await ask(context, 'costForecast', filter);
    if (context.options.json) context.print(JSON.stringify(answer, null, 2));
    else for (const line of linesOf(answer, context.columns)) context.print(line);
  },
};

function linesOf(answer: ForecastAnswer, columns: number): readonly string[] {
  const row = (title: string, { spentNanoUsd, expectedNanoUsd, lowNanoUsd, highNanoUsd }: ForecastSum) => [
    title,
    formatUsd(spentNanoUsd),
    formatUsd(expectedNanoUsd),
    `${formatUsd(lowNanoUsd)} to ${formatUsd(highNanoUsd)}`,
  ];
  const table = tableLines(COLUMNS, [row('today', answer.today), row('this month', answer.month)], columns);
  return [...table, '', ...basisLines(answer), ...budgetLines(answer.budgets)];
}

function basisLines({ basis, timeZone }: ForecastAnswer): readonly string[] {
  const { wholeDays, missingDays, methods, coverage, rough, levelShift, pastError, unpricedRequests } = basis;
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const lines = [
    `By ${counted(wholeDays, 'whole day')} (${timeZone}): ${methods.join(' and ')}.${pastError === null ? '' : ` It would have been ${percent(pastError)} off on them, on average.`}`,
  ];
  if (rough === null)
    lines.push(`The true sum lies between the two ends in about ${percent(coverage)} of cases.`);
  else lines.push(`Rough: ${rough}.`);
  if (levelShift !== null)
    lines.push(
      `The level changed ${counted(levelShift.daysAgo, 'day')} ago, to ${levelShift.factor.toFixed(1)} times what it was; what lies before is left out.`,
    );
  if (missingDays > 0)
    lines.push(`Of ${counted(missingDays, 'more day')} nothing is known; it is not taken for free.`);
  if (unpricedRequests > 0)
    lines.push(
      `${counted(unpricedRequests, 'request of unknown cost is', 'requests of unknown cost are')} in no sum.`,
    );
  return lines;
}

function budgetLines(budgets: readonly BudgetForecast[]): readonly string[] {
  if (budgets.length === 0) return [];
  return ['', ...budgets.map((budget) => `Budget "${budget.name}" (${budget.period}): ${fate(budget)}.`)];
}

function fate({ isSpent, runsOut, earliest, latest, rough }: BudgetForecast): string {
  if (isSpent) return 'it is spent';
  const unsure = rough === null ? '' : ` (rough: ${rough})`;
  if (earliest === null) return `it lasts${unsure}`;
  if (runsOut === null) return `it should last, but may run out from ${earliest} on${unsure}`;
  return `it runs out on ${runsOut}, between ${earliest} and ${latest ?? 'the end of its period, or not'}${unsure}`;
}
