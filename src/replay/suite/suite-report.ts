// What came of a suite, for people and for CI.

import { formatUsd, type NanoUsd } from '../../core/money.ts';
import { escapeHtml, type ReportFormat } from '../comparison-report.ts';
import { junit } from '../junit.ts';
import type { TestVerdict } from './check-answer.ts';

export interface SuiteResult {
  readonly description: string;
  readonly provider: string;
  readonly answer: string;
  readonly latencyMs: number;
  readonly costNanoUsd: NanoUsd | null;
  /** Why there is no answer to check; null where there is. */
  readonly error: string | null;
  /** Null with an error. */
  readonly verdict: TestVerdict | null;
}

const SHOWN = 300;

export function hasFailed({ verdict }: SuiteResult): boolean {
  return verdict === null || !verdict.isPassed;
}

export function suiteReport(name: string, results: readonly SuiteResult[], format: ReportFormat): string {
  if (format === 'json') return JSON.stringify({ suite: name, ...counts(results), results }, null, 2);
  if (format === 'junit') return suiteJunit(name, results);
  if (format === 'markdown') return markdown(name, results);
  return format === 'html' ? html(name, results) : text(name, results);
}

function counts(results: readonly SuiteResult[]): {
  passed: number;
  failed: number;
  errors: number;
  costNanoUsd: NanoUsd;
  unpriced: number;
} {
  return {
    passed: results.filter((result) => !hasFailed(result)).length,
    failed: results.filter((result) => result.error === null && hasFailed(result)).length,
    errors: results.filter(({ error }) => error !== null).length,
    costNanoUsd: results.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0),
    unpriced: results.filter(({ costNanoUsd }) => costNanoUsd === null).length,
  };
}

function summary(results: readonly SuiteResult[]): string {
  const { passed, failed, errors, costNanoUsd, unpriced } = counts(results);
  const parts = [
    `${passed} passed`,
    `${failed} failed`,
    ...(errors > 0 ? [`${errors} could not be asked`] : []),
  ];
  return `${parts.join(', ')}; ${formatUsd(costNanoUsd)}${unpriced > 0 ? ` + ${unpriced} of unknown cost` : ''}`;
}

function reasons({ error, verdict }: SuiteResult): readonly string[] {
  if (error !== null) return [error];
  const wrong = (verdict?.outcomes ?? []).filter((each) => !each.isPassed && each.weight > 0);
  return wrong.map(({ type, reason }) => `${type}: ${reason}`);
}

function text(name: string, results: readonly SuiteResult[]): string {
  const lines = results.flatMap((result) => {
    const mark = result.error !== null ? 'ERROR' : hasFailed(result) ? 'FAIL ' : 'ok   ';
    const head = `${mark} ${result.description} [${result.provider}] ${result.latencyMs} ms, ${formatUsd(result.costNanoUsd)}`;
    return [head, ...(hasFailed(result) ? reasons(result).map((reason) => `      ${reason}`) : [])];
  });
  return [name, ...lines, summary(results)].join('\n');
}

const cell = (value: string): string => value.replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, SHOWN);

function markdown(name: string, results: readonly SuiteResult[]): string {
  const row = (result: SuiteResult): string =>
    `| ${[hasFailed(result) ? '❌' : '✅', result.description, result.provider, reasons(result).join('; '), result.answer].map(cell).join(' | ')} |`;
  return [
    `# ${name}`,
    '',
    summary(results),
    '',
    '|  | test | provider | why not | answer |',
    '|---|---|---|---|---|',
    ...results.map(row),
  ].join('\n');
}

function html(name: string, results: readonly SuiteResult[]): string {
  const rows = results.map((result) => {
    const cells = [
      hasFailed(result) ? 'failed' : 'passed',
      result.description,
      result.provider,
      reasons(result).join('\n'),
      result.answer,
    ];
    return `<tr class="${hasFailed(result) ? 'failed' : 'passed'}">${cells.map((each) => `<td>${escapeHtml(each)}</td>`).join('')}</tr>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(name)}</title>
<style>body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color-scheme:light dark}table{border-collapse:collapse}td,th{border:1px solid #8884;padding:.3rem .6rem;text-align:left;vertical-align:top;white-space:pre-wrap;max-width:32rem;overflow-wrap:anywhere}.failed td:first-child{color:#c33}.passed td:first-child{color:#393}</style></head><body>
<h1>${escapeHtml(name)}</h1><p>${escapeHtml(summary(results))}</p>
<table><tr><th></th><th>test</th><th>provider</th><th>why not</th><th>answer</th></tr>
${rows.join('\n')}
</table></body></html>`;
}

function suiteJunit(name: string, results: readonly SuiteResult[]): string {
  return junit(
    name,
    results.map((result) => ({
      classname: result.provider,
      name: result.description,
      seconds: result.latencyMs / 1000,
      failures:
        result.error === null && hasFailed(result)
          ? [...reasons(result), `answer: ${result.answer.slice(0, 2000)}`]
          : [],
      error: result.error,
      properties: {
        score: String(result.verdict?.score ?? 0),
        costUsd: result.costNanoUsd === null ? 'unknown' : String(result.costNanoUsd / 1e9),
      },
    })),
  );
}
