// Every endpoint of the JSON API by its name: method, and path behind `/api/v1`. The router, the document at
// /api/openapi.json, the handlers and the clients all go by this one list.

export const PATHS = {
  stats: 'GET /stats',
  timeseries: 'GET /timeseries',
  requests: 'GET /requests',
  request: 'GET /requests/{id}',
  status: 'GET /status',
  system: 'GET /system',
  instances: 'GET /instances',
  costByTag: 'GET /cost/by-tag',
  costByApp: 'GET /cost/by-app',
  costBySession: 'GET /cost/by-session',
  costByModel: 'GET /cost/by-model',
  costByUpstream: 'GET /cost/by-upstream',
  costForecast: 'GET /cost/forecast',
  costCompare: 'GET /cost/compare',
  routingStats: 'GET /routing/stats',
  tags: 'GET /tags',
  tagAdd: 'POST /tags',
  tagRemove: 'DELETE /tags/{name}',
  routes: 'GET /routes',
  routeAdd: 'POST /routes',
  routeChange: 'POST /routes/{name}',
  routeRemove: 'DELETE /routes/{name}',
  experiments: 'GET /experiments',
  experimentAdd: 'POST /experiments',
  experiment: 'GET /experiments/{name}',
  experimentChange: 'POST /experiments/{name}',
  experimentRemove: 'DELETE /experiments/{name}',
  abList: 'GET /ab/list',
  abReport: 'GET /ab/report/{name}',
  abHistory: 'GET /ab/history/{name}',
  abFeedback: 'POST /ab/feedback',
  abGrade: 'POST /ab/grade',
  cacheRules: 'GET /cache-rules',
  cacheRuleAdd: 'POST /cache-rules',
  cacheRuleRemove: 'DELETE /cache-rules/{name}',
  archiveRules: 'GET /archive-rules',
  archiveRuleAdd: 'POST /archive-rules',
  archiveRuleRemove: 'DELETE /archive-rules/{name}',
  upstreams: 'GET /upstreams',
  upstream: 'GET /upstreams/{name}',
  upstreamAdd: 'POST /upstreams',
  upstreamRemove: 'DELETE /upstreams/{name}',
  budgets: 'GET /budgets',
  budgetSet: 'POST /budgets',
  budgetRaise: 'POST /budget/raise',
  budgetRemove: 'DELETE /budgets/{name}',
  budgetStatus: 'GET /budget/status',
  keys: 'GET /keys',
  keyCreate: 'POST /keys',
  keyRotate: 'POST /keys/{name}',
  keyRevoke: 'DELETE /keys/{name}',
  kills: 'GET /kills',
  kill: 'POST /kills',
  killRemove: 'DELETE /kills/{id}',
  killsRemove: 'DELETE /kills',
  cache: 'GET /cache',
  cacheEntries: 'GET /cache-entries',
  cacheEntry: 'GET /cache-entries/{id}',
  cacheClear: 'DELETE /cache-entries/{id}',
  prices: 'GET /prices',
  price: 'GET /prices/{model}',
  explain: 'POST /explain',
  prompts: 'GET /prompts',
  prompt: 'GET /prompts/{id}',
  replayPlan: 'POST /replay-plan',
  replays: 'GET /replays',
  replayStart: 'POST /replays',
  replay: 'GET /replays/{id}',
  replayRemove: 'DELETE /replays/{id}',
  replayHold: 'POST /replay-holds',
  replayHoldRemove: 'DELETE /replay-holds/{session}',
  session: 'GET /session',
  sessionBegin: 'POST /session',
  sessionEnd: 'DELETE /session',
  sessionsEnd: 'DELETE /sessions',
  passwordChange: 'POST /password',
  linkAdd: 'POST /links',
  users: 'GET /users',
  audit: 'GET /audit',
  reload: 'POST /reload',
} as const satisfies Record<string, `${'GET' | 'POST' | 'DELETE'} /${string}`>;

export type EndpointName = keyof typeof PATHS;
/** What the door answers: who comes in, and how. */
export type DoorName =
  | 'session'
  | 'sessionBegin'
  | 'sessionEnd'
  | 'sessionsEnd'
  | 'passwordChange'
  | 'linkAdd'
  | 'users';
/** What parts of the app answer. */
export type HandledName = Exclude<EndpointName, DoorName>;
export const ENDPOINT_NAMES = Object.keys(PATHS) as readonly EndpointName[];

/** What is asked by a second name, too. */
export const ALIASES: Readonly<Record<string, EndpointName>> = {
  '/recent': 'requests',
  '/cache/stats': 'cache',
};

export const API_ROOT = '/api';
/** Every path is answered without the version, too, for as long as this version is. */
export const VERSION_ROOT = '/api/v1';

export interface EndpointPath {
  readonly method: string;
  /** Behind `/api/v1`, up to the placeholder. */
  readonly path: string;
  /** What the rest of the path is called: `name`; null where it ends. */
  readonly placeholder: string | null;
}

export function pathOf(name: EndpointName): EndpointPath {
  const [method = '', whole = ''] = PATHS[name].split(' ');
  const [, path = whole, placeholder = null] = /^(.+)\/\{(\w+)\}$/.exec(whole) ?? [];
  return { method, path, placeholder };
}
