// `tokenwatch ab report`: both variants side by side, and what can be concluded.

import { formatUsd } from '../../../core/money.ts';
import type { ExperimentAnswer } from '../../../dashboard/contract.ts';
import { marginOf } from '../../../dashboard/handlers/experiment-handlers.ts';
import { optionText } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';
import { formatCount, formatMs, tableLines } from '../../table.ts';

type VariantReport = ExperimentAnswer['variants'][number];
type Figure = NonNullable<VariantReport['rating']>;

const COLUMNS = [{ title: '' }, { title: 'A', alignRight: true }, { title: 'B', alignRight: true }];

export const abReport: Command = {
  name: 'ab report',
  summary: 'both variants side by side, and what they have shown so far',
  argument: '[name]',
  options: [
    {
      flags: '--margin <percent>',
      about: 'how far figures may lie apart and be called the same (points, for failures)',
    },
    JSON_OPTION,
  ],
  examples: ['tokenwatch ab report cheaper', 'tokenwatch ab report cheaper --margin 5'],
  async run(context) {
    const name = nameOf(context, 'A/B test');
    const margin = marginOf(optionText(context, 'margin'), '--margin');
    const answer = await ask(context, 'abReport', { name, ...(margin !== null && { margin }) });
    if (context.options.json) context.print(JSON.stringify(answer, null, 2));
    else
      for (const line of [...tableLines(COLUMNS, cells(answer), context.columns), '', ...conclusions(answer)])
        context.print(line);
  },
};

function conclusions({ verdict, confidence, enough }: ExperimentAnswer): readonly string[] {
  const told = enough
    ? `The intervals hold together in ${100 * confidence} of 100 tests, however often one looks.`
    : '';
  return [...verdict, ...(told === '' ? [] : ['', told])];
}

function cells(answer: ExperimentAnswer): string[][] {
  const reports = ['a', 'b'].map((name) => answer.variants.find(({ variant }) => variant === name) ?? null);
  const line = (title: string, read: (report: VariantReport) => string): string[] => [
    title,
    ...reports.map((report) => (report === null ? '-' : read(report))),
  ];
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const usd = (nano: number): string => formatUsd(Math.round(nano));
  const count = (value: number): string => formatCount(Math.round(value));
  const units = answer.unit === 'app' ? 'applications' : `${answer.unit}s`;
  return [
    ['model', answer.modelA, answer.modelB],
    ...(answer.unit === 'request' ? [] : [line(units, (report) => formatCount(report.units))]),
    line('requests', (report) => formatCount(report.requests)),
    line('failed', ({ failureRate }) => figure(failureRate, percent)),
    line('cost', (report) =>
      report.unpricedRequests === report.requests ? 'unknown' : usd(report.costNanoUsd),
    ),
    line('cost a request', ({ meanCost }) => (meanCost === null ? 'unknown' : figure(meanCost, usd))),
    line('latency p50', ({ latencyP50 }) => figure(latencyP50, formatMs)),
    line('latency p95', ({ latencyP95 }) => figure(latencyP95, formatMs)),
    line('input tokens', (report) => formatCount(report.inputTokens)),
    line('output tokens', (report) => formatCount(report.outputTokens)),
    line('tokens a request', ({ meanTokens }) => figure(meanTokens, count)),
    line('rating', ({ rating }) => figure(rating, (value) => value.toFixed(2))),
    line(
      'rated',
      ({ ratedRequests, requests }) => `${formatCount(ratedRequests)} (${percent(ratedRequests / requests)})`,
    ),
    line('grade', ({ grade }) => figure(grade, (value) => value.toFixed(2))),
    line('graded', ({ gradedRequests, requests }) =>
      gradedRequests === 0 ? '-' : `${formatCount(gradedRequests)} (${percent(gradedRequests / requests)})`,
    ),
    line('judge', ({ judges }) => (judges.length === 0 ? '-' : judges.join(', '))),
  ];
}

function figure(value: Figure | null, format: (value: number) => string): string {
  if (value === null) return '-';
  const { interval } = value;
  const text = format(value.value);
  return interval === null ? text : `${text} (${format(interval.low)}–${format(interval.high)})`;
}
