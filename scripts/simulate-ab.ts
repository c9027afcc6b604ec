// `npm run simulate:ab`: the statistics of A/B tests, held against simulated traffic at length (about two minutes).

import {
  byOneLookInterval,
  byReport,
  SCENARIOS,
  shareOfQuantileMisses,
  shareShown,
} from '../test/statistics/simulation.ts';
import { printTable } from './print-table.ts';

const RUNS = 1000;
const REQUESTS = 4000;
const ALPHA = 0.05;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

printTable([
  ['A and B alike, a look after every request', 'this report', 'intervals for one look'],
  ...SCENARIOS.map((scenario) => {
    const run = { scenario, effect: 1, requests: REQUESTS };
    return [
      scenario.title,
      percent(shareShown({ ...run, look: byReport(scenario, ALPHA) }, RUNS).share),
      percent(shareShown({ ...run, look: byOneLookInterval }, RUNS / 4).share),
    ];
  }),
]);
printTable([
  ['B 20 % lower', 'found', 'median request'],
  ...SCENARIOS.filter(({ kind }) => kind === 'mean').map((scenario) => {
    const look = byReport(scenario, ALPHA);
    const { share, medianAt } = shareShown({ scenario, effect: 0.8, requests: 20_000, look }, RUNS / 10);
    return [scenario.title, percent(share), String(medianAt ?? '-')];
  }),
]);
printTable([
  ['Quantile missed at any look', 'requests alone', 'sessions of ten'],
  ...[0.5, 0.95].map((share) => [
    `p${100 * share}`,
    ...[1, 10].map((length) => percent(shareOfQuantileMisses(share, length, REQUESTS, RUNS / 2))),
  ]),
]);
