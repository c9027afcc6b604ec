// `tokenwatch ab report`: both variants side by side, and what can be concluded.

import { formatUsd } from '../../../core/money.ts';
import {
  type Difference,
  experimentReport,
  type Interval,
  type VariantReport,
} from '../../../policy/experiment-report.ts';
import type { ExperimentDefinition } from '../../../policy/rules.ts';
import { visitStore } from '../../../storage/registry.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf, withRules } from '../../rules.ts';
import { formatCount, formatMs, tableLines } from '../../table.ts';

const COLUMNS = [{ title: '' }, { title: 'A', alignRight: true }, { title: 'B', alignRight: true }];

export const abReport: Command = {
  name: 'ab report',
  summary: 'both variants side by side, with 95 % intervals',
  argument: '[name]',
  options: [JSON_OPTION],
  examples: ['tokenwatch ab report cheaper'],
  async run(context) {
    const name = nameOf(context, 'A/B test');
    const definition = await withRules(context, (editor) => editor.experiment(name));
    const { analytics, close } = await visitStore(context.settings(), 'refuse');
    const rows = await analytics.variants(name);
    await close();
    const report = experimentReport(definition, rows);
    if (context.options.json) {
      context.print(JSON.stringify({ name, ...definition, ...report }, null, 2));
      return;
    }
    const { enough, cost, latency } = report;
    for (const line of tableLines(COLUMNS, cells(definition, report.variants), context.columns))
      context.print(line);
    context.print('');
    if (!enough)
      context.print(`Too early to conclude: each variant should have ${definition.minSamples} requests.`);
    context.print(
      sentence(
        'Cost a request',
        cost,
        (nano) => `${nano < 0 ? '-' : '+'}${formatUsd(Math.round(Math.abs(nano)))}`,
      ),
    );
    context.print(sentence('Latency', latency, (ms) => `${ms < 0 ? '-' : '+'}${formatMs(Math.abs(ms))}`));
  },
};

function cells(definition: ExperimentDefinition, variants: readonly VariantReport[]): string[][] {
  const reports = ['a', 'b'].map((name) => variants.find(({ variant }) => variant === name) ?? null);
  const line = (title: string, read: (report: VariantReport) => string): string[] => [
    title,
    ...reports.map((report) => (report === null ? '-' : read(report))),
  ];
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const usd = (nano: number): string => formatUsd(Math.round(nano));
  return [
    ['model', definition.modelA, definition.modelB],
    line('requests', (report) => formatCount(report.requests)),
    line('failed', (report) =>
      withInterval(percent(report.failedRequests / report.requests), report.failureRate, percent),
    ),
    line('input tokens', (report) => formatCount(report.inputTokens)),
    line('output tokens', (report) => formatCount(report.outputTokens)),
    line('cost', (report) =>
      report.unpricedRequests === report.requests ? 'unknown' : usd(report.costNanoUsd),
    ),
    line('cost a request', (report) =>
      report.meanCostNanoUsd === null
        ? 'unknown'
        : withInterval(usd(report.meanCostNanoUsd), report.meanCost, usd),
    ),
    line('latency', (report) => withInterval(formatMs(report.meanLatencyMs), report.meanLatency, formatMs)),
  ];
}

function withInterval(value: string, interval: Interval | null, format: (figure: number) => string): string {
  return interval === null ? value : `${value} (${format(interval.low)}–${format(interval.high)})`;
}

function sentence(what: string, found: Difference | null, format: (figure: number) => string): string {
  if (found === null) return `${what}: not enough requests to compare.`;
  const { difference, isSignificant } = found;
  return `${what}: B differs from A by ${format(difference.low)} to ${format(difference.high)} (95 %): ${isSignificant ? 'a real difference' : 'no difference shown'}.`;
}
