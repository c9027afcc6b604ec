// What each endpoint of the JSON API is to its visitors: who may ask it, and whether it changes something, which the
// audit log tells.

import type { Role } from '../access/login/role.ts';
import { isLoopback } from '../core/own-place.ts';
import type { EndpointName } from './paths.ts';

export interface Permission {
  readonly role: Role;
  readonly changes: boolean;
  /** It ends spending: it is in force whatever else fails, also where it cannot be told. */
  readonly stops?: true;
}

const READS: Permission = { role: 'viewer', changes: false };
/** Prompts and answers: whoever sees figures need not see them. */
const READS_CONTENT: Permission = { role: 'operator', changes: false };
const CHANGES: Permission = { role: 'operator', changes: true };
const STOPS: Permission = { ...CHANGES, stops: true };
/** What is set aside for a while is no change that anybody would look for. */
const RUNS: Permission = { role: 'operator', changes: false };
const READS_ALL: Permission = { role: 'admin', changes: false };

export const PERMISSIONS: Readonly<Record<EndpointName, Permission>> = {
  stats: READS,
  timeseries: READS,
  requests: READS,
  request: READS,
  status: READS,
  costByTag: READS,
  costByApp: READS,
  costBySession: READS,
  costByModel: READS,
  costByUpstream: READS,
  costForecast: READS,
  routingStats: READS,
  tags: READS,
  tagAdd: CHANGES,
  tagRemove: CHANGES,
  routes: READS,
  routeAdd: CHANGES,
  routeChange: CHANGES,
  routeRemove: CHANGES,
  experiments: READS,
  experimentAdd: CHANGES,
  experiment: READS,
  experimentChange: CHANGES,
  experimentRemove: CHANGES,
  abList: READS,
  abReport: READS,
  abFeedback: { role: 'viewer', changes: true },
  abGrade: CHANGES,
  cacheRules: READS,
  cacheRuleAdd: CHANGES,
  cacheRuleRemove: CHANGES,
  archiveRules: READS,
  archiveRuleAdd: CHANGES,
  archiveRuleRemove: CHANGES,
  upstreams: READS,
  upstream: READS,
  upstreamAdd: CHANGES,
  upstreamRemove: CHANGES,
  budgets: READS,
  budgetSet: CHANGES,
  budgetRemove: CHANGES,
  budgetRaise: CHANGES,
  budgetStatus: READS,
  keys: READS,
  keyCreate: { role: 'admin', changes: true },
  keyRotate: { role: 'admin', changes: true },
  keyRevoke: { role: 'admin', changes: true, stops: true },
  kills: READS,
  kill: STOPS,
  killRemove: CHANGES,
  killsRemove: CHANGES,
  cache: READS,
  cacheEntries: READS,
  cacheEntry: READS_CONTENT,
  cacheClear: CHANGES,
  prices: READS,
  price: READS,
  explain: READS,
  prompts: READS_CONTENT,
  prompt: READS_CONTENT,
  replayPlan: READS_CONTENT,
  replays: READS_CONTENT,
  replayStart: CHANGES,
  replay: READS_CONTENT,
  replayRemove: STOPS,
  replayHold: RUNS,
  replayHoldRemove: RUNS,
  session: READS,
  sessionBegin: READS,
  sessionEnd: READS,
  // One's own; those of others are for admins. The door tells the audit log of what it does.
  sessionsEnd: READS,
  passwordChange: READS,
  linkAdd: { role: 'admin', changes: false },
  users: READS_ALL,
  audit: READS_ALL,
  abHistory: READS,
  costCompare: READS,
  system: READS,
  reload: { role: 'admin', changes: true },
  instances: READS,
};

type Fields = Readonly<Record<string, unknown>>;

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/**
 * What would have the server's user give something away: a file, a variable of the environment, clients' keys, requests
 * to an address. A variable that stays on this machine is none where the server's own user asks, who can read it anyway;
 * any other user of the machine may listen at such an address.
 */
const TAKES_SECRETS: Partial<Record<EndpointName, (fields: Fields, isStranger: () => boolean) => boolean>> = {
  upstreamAdd: ({ keyFile, keyEnv, sendsClientKey, url }, isStranger) =>
    isGiven(keyFile) || ((isGiven(keyEnv) || sendsClientKey === true) && !(staysHere(url) && !isStranger())),
  budgetSet: ({ webhookUrl }) => isGiven(webhookUrl),
  sessionsEnd: ({ user }) => isGiven(user),
};

/** `input` is what it is asked with, checked. */
export function neededRole(name: EndpointName, input: Fields, isStranger: () => boolean): Role {
  return TAKES_SECRETS[name]?.(input, isStranger) === true ? 'admin' : PERMISSIONS[name].role;
}

function staysHere(url: unknown): boolean {
  const hostname = URL.parse(String(url))?.hostname;
  // A name below `localhost` is this machine's by custom alone: a name server may say otherwise.
  return hostname !== undefined && isLoopback(hostname) && !hostname.endsWith('.localhost');
}
