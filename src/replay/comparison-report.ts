// A comparison for people and for machines: text, Markdown, HTML, JUnit, JSON.

import { counted } from '../core/counted.ts';
import { formatUsd } from '../core/money.ts';
import type { Change, ComparedPrompt, Comparison, Overall, Totals } from './comparison.ts';
import { type JUnitCase, junit } from './junit.ts';

export const REPORT_FORMATS = ['text', 'json', 'junit', 'markdown', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export function comparisonReport(comparison: Comparison, format: ReportFormat): string {
  if (format === 'json') return JSON.stringify(comparison, null, 2);
  if (format === 'junit') return junit(`replay on ${comparison.target}`, comparison.prompts.map(caseOf));
  const rows = overallRows(comparison.overall);
  if (format === 'markdown') return markdown(comparison, rows);
  return format === 'html' ? html(comparison, rows) : text(comparison, rows);
}

type Row = readonly [what: string, recorded: string, replayed: string];

function overallRows(overall: Overall): readonly Row[] {
  const { recorded, replayed, change, prompts } = overall;
  const changed = (what: Change): string => changeInWords(what, prompts);
  const latency = ({ medianLatencyMs }: Totals): string =>
    medianLatencyMs === null ? 'unknown' : `${Math.round(medianLatencyMs)} ms`;
  const cost = ({ costNanoUsd, unpriced }: Totals): string =>
    `${formatUsd(costNanoUsd)}${unpriced === 0 ? '' : ` + ${unpriced} unknown`}`;
  return [
    ['cost', cost(recorded), `${cost(replayed)}${changed(change.cost)}`],
    ['latency, median', latency(recorded), `${latency(replayed)}${changed(change.latency)}`],
    ['tokens in', tokens(recorded.inputTokens), tokens(replayed.inputTokens)],
    [
      'tokens out',
      tokens(recorded.outputTokens),
      `${tokens(replayed.outputTokens)}${changed(change.outputTokens)}`,
    ],
    ['refusals', String(recorded.refusals), String(replayed.refusals)],
    ['errors', String(recorded.errors), String(replayed.errors)],
  ];
}

const tokens = (known: number | null): string => (known === null ? 'unknown' : String(known));

function changeInWords({ ratio, of }: Change, prompts: number): string {
  if (ratio === null || ratio === 1) return '';
  const percent = Math.round((ratio - 1) * 100);
  const part = of === prompts ? '' : `, of ${of} that can be compared`;
  return ` (${percent > 0 ? '+' : ''}${percent} %${part})`;
}

/** How far the answers agree, one statement a line. */
function agreementLines(overall: Overall): readonly string[] {
  const { prompts, exact, normalised, jsonSame, jsonStructureSame, toolCalls, judged } = overall;
  const lines = [
    `Same answer: ${exact} of ${prompts} to the letter, ${normalised} but for case, spaces and marks.`,
  ];
  if (jsonSame.of > 0)
    lines.push(
      `JSON: ${jsonSame.same} of ${jsonSame.of} the same, ${jsonStructureSame.same} of the same structure.`,
    );
  if (toolCalls !== null) lines.push(`Tool calls: ${Math.round(toolCalls * 100)} % agreement (F1).`);
  if (overall.similarity !== null) {
    const floor =
      overall.similarityFloor === null
        ? ' (what chance makes is not known: --noise measures it)'
        : `; the same model asked twice has ${overall.similarityFloor.toFixed(3)}`;
    lines.push(`Similarity of texts: ${overall.similarity.toFixed(3)}${floor}.`);
  }
  if (judged !== null) {
    const { recordedWins, targetWins, ties, contested, undecided } = judged;
    const all = recordedWins + targetWins + ties + contested + undecided;
    lines.push(
      `Judge: ${targetWins} better, ${recordedWins} worse, ${ties} even of ${all}; ${contested} changed with the order (${Math.round((contested / all) * 100)} %), ${undecided} undecided.`,
    );
  }
  return lines;
}

function text(comparison: Comparison, rows: readonly Row[]): string {
  const header: Row = ['', 'recorded', comparison.target];
  const widths = [0, 1, 2].map((at) => Math.max(...[header, ...rows].map((row) => (row[at] ?? '').length)));
  const line = (row: Row): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    counted(comparison.overall.prompts, 'prompt'),
    ...[header, ...rows].map(line),
    ...agreementLines(comparison.overall),
    ...failures(comparison).map(({ promptId, replayed }) => `${promptId.slice(-8)}: ${replayed.error}`),
  ].join('\n');
}

const failures = ({ prompts }: Comparison): readonly ComparedPrompt[] =>
  prompts.filter(({ replayed }) => replayed.error !== null);

const cell = (value: string): string => value.replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, 300);

function markdown(comparison: Comparison, rows: readonly Row[]): string {
  const { target, overall, prompts } = comparison;
  return [
    `# ${counted(overall.prompts, 'prompt')} on ${target}`,
    '',
    `|  | recorded | ${cell(target)} |`,
    '|---|---|---|',
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
    '',
    ...agreementLines(overall).map((line) => `- ${line}`),
    '',
    '| prompt | question | recorded | now | same |',
    '|---|---|---|---|---|',
    ...prompts.map(
      (prompt) =>
        `| ${[prompt.promptId.slice(-8), prompt.question, shown(prompt.recorded), shown(prompt.replayed), sameness(prompt)].map(cell).join(' | ')} |`,
    ),
  ].join('\n');
}

function shown({ text, toolCalls, error }: ComparedPrompt['recorded']): string {
  if (error !== null) return `error: ${error}`;
  return [text, ...toolCalls.map((call) => `→ ${call.name}(${JSON.stringify(call.arguments)})`)]
    .join('\n')
    .trim();
}

function sameness({ agreement, similarity, judgement }: ComparedPrompt): string {
  if (agreement === null) return '-';
  const how = agreement.exact ? 'yes' : agreement.normalised ? 'nearly' : 'no';
  const more = [similarity?.toFixed(3), judgement].filter((part) => part !== undefined && part !== null);
  return [how, ...more].join(', ');
}

function html(comparison: Comparison, rows: readonly Row[]): string {
  const { target, overall, prompts } = comparison;
  const row = (cells: readonly string[], tag = 'td'): string =>
    `<tr>${cells.map((each) => `<${tag}>${escapeHtml(each)}</${tag}>`).join('')}</tr>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(`Replay on ${target}`)}</title>
<style>body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color-scheme:light dark}table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #8884;padding:.3rem .6rem;text-align:left;vertical-align:top;white-space:pre-wrap;max-width:32rem;overflow-wrap:anywhere}</style></head><body>
<h1>${escapeHtml(`${counted(overall.prompts, 'prompt')} on ${target}`)}</h1>
<table>${row(['', 'recorded', target], 'th')}${rows.map((each) => row(each)).join('')}</table>
<ul>${agreementLines(overall)
    .map((line) => `<li>${escapeHtml(line)}</li>`)
    .join('')}</ul>
<table>${row(['prompt', 'question', 'recorded', 'now', 'same'], 'th')}
${prompts.map((prompt) => row([prompt.promptId.slice(-8), prompt.question, shown(prompt.recorded), shown(prompt.replayed), sameness(prompt)])).join('\n')}
</table></body></html>`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** An error is an error of the test; an answer that differs is no failure: it may be as good. */
function caseOf(prompt: ComparedPrompt): JUnitCase {
  return {
    classname: 'replay',
    name: `${prompt.promptId.slice(-8)} ${prompt.question.slice(0, 80)}`,
    seconds: (prompt.replayed.latencyMs ?? 0) / 1000,
    failures: [],
    error: prompt.replayed.error,
    properties: {
      same: sameness(prompt),
      costUsd: prompt.replayed.costNanoUsd === null ? 'unknown' : String(prompt.replayed.costNanoUsd / 1e9),
    },
  };
}
