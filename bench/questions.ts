// What is asked of many records: every question of the page, and every combination that it could send.

import { PATHS } from '../src/dashboard/paths.ts';
import { TEST_NAME } from './records.ts';

const DAY_MS = 86_400_000;
const RANGES = ['1h', '24h', '7d', '30d', 'all'];
const SORTS = ['time', 'cost', 'latency', 'tokens'];
/** What the page can be narrowed to. */
const FILTERS = [
  'app=codex',
  'tag=team%3Dsearch',
  'model=gpt-5',
  'outcome=failed',
  'outcome=refused',
  'outcome=upstream_error',
  'key=ci',
  'session=codex-1',
  'app=codex&model=gpt-5&outcome=failed',
  'app=nobody',
  'text=nightly-77',
  'text=nothing-has-this',
];
/** Parts that match together. */
const PARTS = [
  'app=nightly',
  'tag=team%3Dgrowth',
  'model=gpt-5',
  'upstream=https%3A%2F%2Fapi.example.com%2Fv1',
  'outcome=failed',
  'key=ci',
  'text=nightly',
];

/** Some days up to some days ago. */
const zoom = (): string => `from=${Date.now() - 20 * DAY_MS}&to=${Date.now() - 11.4 * DAY_MS}`;

/** What pages ask, by what they show. */
export function pageQuestions(): readonly string[] {
  const overview = RANGES.flatMap((range) => [
    `/api/stats?range=${range}&by=model&limit=8`,
    `/api/stats?range=${range}&by=app&limit=8`,
    `/api/timeseries?range=${range}&stack=none`,
    `/api/timeseries?range=${range}&stack=model`,
    `/api/timeseries?range=${range}&stack=app`,
    `/api/timeseries?range=${range}&stack=tag`,
    `/api/cache?range=${range}`,
    `/api/cost/by-session?range=${range}`,
    `/api/stats?range=${range}&by=session&limit=50`,
    ...SORTS.map((sort) => `/api/requests?range=${range}&sort=${sort}&limit=100`),
  ]);
  const filtered = FILTERS.flatMap((filter) => [
    `/api/stats?range=30d&by=model&limit=8&${filter}`,
    `/api/timeseries?range=30d&stack=model&${filter}`,
    `/api/requests?range=30d&sort=time&limit=100&${filter}`,
    `/api/requests?range=all&sort=time&limit=100&${filter}`,
    `/api/requests?range=30d&sort=cost&limit=100&${filter}`,
    `/api/cost/by-session?range=30d&${filter}`,
  ]);
  const cost = ['tag', 'tag:team', 'app', 'session', 'model', 'upstream', 'key', 'rule'].flatMap((by) => [
    `/api/stats?range=30d&by=${by}&limit=200`,
    `/api/stats?range=30d&by=${by}&limit=200&app=support`,
    `/api/stats?range=all&by=${by}&limit=200`,
  ]);
  const whatIf = ['instead=gpt-4o-mini', 'tier=batch', 'cache=none', 'rules=true'].flatMap((wish) =>
    RANGES.map((range) => `/api/cost/compare?range=${range}&${wish}`),
  );
  const others = [
    `/api/stats?${zoom()}&by=model`,
    `/api/timeseries?${zoom()}&stack=model`,
    `/api/requests?${zoom()}&sort=time&limit=100`,
    `/api/requests?${zoom()}&sort=cost&limit=100`,
    '/api/cost/forecast?app=codex',
    '/api/cost/forecast?model=gpt-5',
    '/api/audit?limit=1000',
    '/api/prompts?app=codex&model=gpt-5',
    `/api/experiments/${TEST_NAME}`,
    `/api/ab/report/${TEST_NAME}?margin=5`,
    `/api/ab/history/${TEST_NAME}`,
  ];
  return [...overview, ...filtered, ...cost, ...whatIf, ...others, ...plain()];
}

/** Filters alone, by two and by three, over every span: what lists, charts, breakdowns and sessions make of each. */
export function combinations(): readonly string[] {
  const spans = [...RANGES.map((range) => `range=${range}`), zoom()];
  const alone = [...FILTERS.filter((filter) => !filter.includes('&')), ...PARTS];
  const two = PARTS.flatMap((one, index) => PARTS.slice(index + 1).map((other) => `${one}&${other}`));
  const three = two.flatMap((pair) => {
    const last = PARTS.findLastIndex((part) => pair.includes(part));
    return PARTS.slice(last + 1).map((part) => `${pair}&${part}`);
  });
  const few = new Set([...alone, ...two].map((filter) => filter));
  const all = spans.flatMap((span) =>
    [...few].flatMap((filter) => [
      ...['model', 'tag:team', 'session'].map((by) => `/api/stats?${span}&by=${by}&limit=200&${filter}`),
      ...['none', 'model', 'tag', 'session'].map(
        (stack) => `/api/timeseries?${span}&stack=${stack}&${filter}`,
      ),
      ...SORTS.map((sort) => `/api/requests?${span}&sort=${sort}&limit=100&${filter}`),
      `/api/cost/by-session?${span}&limit=200&${filter}`,
      `/api/cost/compare?${span}&tier=batch&${filter}`,
      `/api/routing/stats?${span}&${filter}`,
    ]),
  );
  const byThree = three.flatMap((filter) => [
    `/api/stats?range=30d&by=session&limit=200&${filter}`,
    `/api/timeseries?range=30d&stack=model&${filter}`,
    `/api/requests?range=30d&sort=time&limit=100&${filter}`,
    `/api/requests?range=30d&sort=cost&limit=100&${filter}`,
  ]);
  // A text is looked for among the newest alone, which no forecast is made of.
  const forecasts = [...few].filter((filter) => !filter.includes('text='));
  return [...all, ...byThree, ...forecasts.map((filter) => `/api/cost/forecast?${filter}`)];
}

/** Endpoints that are asked with nothing. */
function plain(): readonly string[] {
  const asked = Object.values(PATHS).filter((path) => path.startsWith('GET ') && !path.includes('{'));
  const needs = new Set(['/cost/compare']);
  return asked
    .map((path) => path.slice('GET '.length))
    .filter((path) => !needs.has(path))
    .map((path) => `/api${path}`);
}
