import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison } from './comparison.ts';
import { COMPARED, type ExperimentReport } from './experiment-report.ts';
import { verdict } from './verdict.ts';

const OPEN: Comparison = {
  a: 0.035,
  b: 0.009,
  difference: { low: -0.063, high: 0.012 },
  ratio: { low: 0.86, high: 1.18 },
  finding: 'open',
  moreUnits: { low: 26, high: 1600 },
};

test('how far B may lie below A is told with a minus sign, in each figure’s unit', () => {
  const report = {
    unit: 'session',
    enough: true,
    marginPercent: null,
    variants: [],
    sampleRatio: { isWrong: false, expectedShareOfB: 0.5, shareOfB: 0.5, alpha: 0.01 },
    comparisons: Object.fromEntries(COMPARED.map((figure) => [figure, OPEN])),
  } as unknown as ExperimentReport;
  const lines = verdict(report, 100);

  assert.equal(
    lines[1],
    `No difference in failures shown (B lies between −6.3 and +1.2 points of A); about 26 to 1,600 more sessions to tell one as large as seen.`,
  );
  assert.match(
    lines[4] ?? '',
    /^No difference in tokens per request shown \(B lies between −14 % and \+18 % of A\);/,
  );
  assert.doesNotMatch(lines.join('\n'), /-\d/);
});

test('what is too few is told with its number', () => {
  const variants = [
    { variant: 'a', units: 1, requests: 2 },
    { variant: 'b', units: 0, requests: 1 },
  ];
  const sampleRatio = { isWrong: false, expectedShareOfB: 0.5, shareOfB: 0.5, alpha: 0.01 };
  const lineOf = (unit: string): string =>
    verdict({ unit, enough: false, variants, sampleRatio } as unknown as ExperimentReport, 100).join();
  assert.match(lineOf('session'), /A has 1 session with 2 requests, B 0 sessions with 1 request; each needs/);
  assert.match(
    lineOf('app'),
    /A has 1 application with 2 requests, B 0 applications with 1 request; each needs/,
  );
});
