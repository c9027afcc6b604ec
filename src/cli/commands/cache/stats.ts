// `tokenwatch cache stats`: what the cache holds, how often it answered, what that saved, and how far it can be
// trusted.

import type { CacheReport, SemanticReport } from '../../../core/cache-report.ts';
import { counted } from '../../../core/counted.ts';
import { formatUsd } from '../../../core/money.ts';
import { type Command, JSON_OPTION, SINCE_OPTIONS } from '../../command.ts';
import { rangeNameOf } from '../../records.ts';
import { ask } from '../../server.ts';
import { formatCount } from '../../table.ts';

export const cacheStats: Command = {
  name: 'cache stats',
  summary: 'what the cache holds, how often it answered, what it saved',
  options: [...SINCE_OPTIONS, JSON_OPTION],
  examples: ['tokenwatch cache stats', 'tokenwatch cache stats --since 7d --json'],
  async run(context) {
    const name = rangeNameOf(context.options);
    const { range: _, enabled: __, ...report } = await ask(context, 'cache', { range: name });
    if (context.options.json) {
      context.print(JSON.stringify({ since: name, ...report }, null, 2));
      return;
    }
    context.print(`Period   ${name === 'all' ? 'all time' : `last ${name}`}\n${inWords(report)}`);
  },
};

function inWords(report: CacheReport): string {
  const { exact = 0, inflight = 0, semantic = 0, shadow = 0, miss = 0, bypass = 0 } = report.uses;
  const hits = exact + inflight + semantic;
  const asked = hits + miss + shadow;
  const share = report.hitRate === null ? '' : ` (${percent(report.hitRate)} of ${formatCount(asked)})`;
  const similar = report.semantic === null ? '' : `, ${formatCount(semantic)} to similar prompts`;
  const lines = [
    `Hits     ${formatCount(hits)}${share}: ${formatCount(exact)} exact, ${formatCount(inflight)} shared in flight${similar}`,
    `Misses   ${formatCount(miss + shadow)}, and ${formatCount(bypass)} that were not to be cached`,
    `Saved    ${formatUsd(report.savedNanoUsd)}`,
    `Stored   ${counted(report.entries, 'answer', 'answers', formatCount(report.entries))} (${(report.bytes / 1024 / 1024).toFixed(1)} MiB), ${formatCount(report.expired)} of them expired`,
  ];
  return [...lines, ...(report.semantic === null ? [] : similarInWords(report.semantic))].join('\n');
}

function similarInWords(report: SemanticReport): readonly string[] {
  const { checks, reason, questionsOfOtherEmbedders: others } = report;
  const state = reason === null ? report.state : `${report.state}: ${reason}`;
  const distance =
    report.distanceNow === 0
      ? 'off: too many checked answers were wrong'
      : `distance ${report.distanceNow}${report.distanceNow < report.distanceMax ? ` (${report.distanceMax} before checks tightened it)` : ''}`;
  return [
    '',
    'Similar prompts',
    `Embedder ${report.embedder} (${state}), ${distance}`,
    `Can find ${formatCount(report.questions)} stored answers${others > 0 ? `, and not ${formatCount(others)} of other embedders` : ''}`,
    ...(report.comparedBy === null ? [] : [`Compared ${report.comparedBy}`]),
    `Lookups  ${reasonsOf(report.lookups)}`,
    `Refused  ${reasonsOf(report.guards)}`,
    `No look  ${reasonsOf(report.skipped)}`,
    `Checks   ${formatCount(checks.made)} (${percent(checks.rate)} of the hits, for ${formatUsd(checks.costNanoUsd)}): ${formatCount(checks.disagreed)} wrong, ${formatCount(checks.undecided)} undecided`,
    `Error    ${checks.made === 0 ? 'not measured yet' : `at most ${percent(checks.errorBound)} of these answers are wrong (95 % confidence)`}; ${percent(checks.errorMax)} is allowed`,
    `Limits   ${formatCount(report.stoppedEntries)} answers serve no similar prompt any more, ${formatCount(report.tightenedEntries)} fewer; partitions: ${formatCount(report.stoppedPartitions)} off, ${formatCount(report.tightenedPartitions)} tightened`,
  ];
}

function reasonsOf(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return entries.length === 0
    ? 'none'
    : entries.map(([name, count]) => `${name} ${formatCount(count)}`).join(', ');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
