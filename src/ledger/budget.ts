// What a budget is: a limit on what matching requests may cost in each period. Pure definitions.

import { randomUUID } from 'node:crypto';
import { TokenWatchError } from '../core/errors.ts';
import { NANO_USD_PER_USD, type NanoUsd } from '../core/money.ts';
import { isRefusedAddress, REFUSED_WORDS } from '../core/refused-address.ts';
import { canonicalTag } from '../core/tag.ts';

export const BUDGET_PERIODS = ['hourly', 'daily', 'weekly', 'monthly', 'total'] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/**
 * What happens at the limit.
 * - `block`: requests that could exceed it are refused before they leave
 * - `warn`: responses carry headers from the first threshold on; nothing is refused
 * - `notify`: a webhook is called at each threshold; nothing is refused
 */
export const BUDGET_ACTIONS = ['block', 'warn', 'notify'] as const;
export type BudgetAction = (typeof BUDGET_ACTIONS)[number];

/** What a hard budget does with a request whose price is unknown. */
export const UNKNOWN_PRICE = ['allow', 'block'] as const;
export type UnknownPrice = (typeof UNKNOWN_PRICE)[number];

const ACTION_ALIASES: Readonly<Record<string, BudgetAction>> = { hard: 'block', webhook: 'notify' };

/** Which requests something applies to. Parts that are set must all match; with none set, all requests do. */
export interface Scope {
  /** The exact application name, or null for any. */
  readonly app: string | null;
  /** The exact model, or a pattern in which `*` stands for any text, or null for any. */
  readonly model: string | null;
  /** A tag, whose facets a request's tag must all have, or null for any. */
  readonly tag: string | null;
  /** The exact names; null (or absent, as earlier versions stored it) for any. */
  readonly user?: string | null;
  readonly session?: string | null;
  /** Of the access key. */
  readonly key?: string | null;
}

/** What each may have an allowance of its own of one budget. */
export const SHARED_BY = ['session', 'user', 'key', 'app'] as const;
export type SharedBy = (typeof SHARED_BY)[number];

/** For a while the limit is higher. */
export interface BudgetRaise {
  readonly byNanoUsd: NanoUsd;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Who did it, for people. */
  readonly who: string;
}

export interface Budget {
  readonly id: string;
  /** Unique; fit for a header and a command line. */
  readonly name: string;
  readonly limitNanoUsd: NanoUsd;
  readonly period: BudgetPeriod;
  readonly scope: Scope;
  readonly action: BudgetAction;
  /** Whole percents of the limit, ascending. */
  readonly thresholds: readonly number[];
  readonly webhookUrl: string | null;
  /** What a hard budget does with a request whose price is unknown; null or absent: as the settings say. */
  readonly unknownPrice?: UnknownPrice | null;
  /** Signs the webhook's messages (`whsec_…`); null without a webhook. */
  readonly webhookSecret: string | null;
  readonly createdAtMs: number;
  /** Of what each one may spend the limit by itself; null or absent: all that match spend it together. */
  readonly per?: SharedBy | null;
  /** Those that are over, too, until the budget is changed. */
  readonly raises?: readonly BudgetRaise[];
  /** What it was before it was changed, oldest first: the records can be held against the limit of their time. */
  readonly earlier?: readonly EarlierBudget[];
}

/** What decides how much is let through. */
export type LimitFacts = Pick<Budget, 'limitNanoUsd' | 'period' | 'scope' | 'action' | 'per' | 'raises'>;

export interface EarlierBudget extends LimitFacts {
  /** When it was changed. */
  readonly untilMs: number;
}

/** A kill switch that is on: matching requests are refused and cut until it is removed. */
export interface Kill {
  readonly id: string;
  readonly scope: Scope;
  readonly createdAtMs: number;
}

/** A budget as a user writes it. */
export interface BudgetRequest {
  /** Dollars. Needed for a new budget. */
  readonly limit?: string | undefined;
  readonly period?: string | undefined;
  readonly app?: string | undefined;
  readonly model?: string | undefined;
  readonly tag?: string | undefined;
  readonly action?: string | undefined;
  readonly name?: string | undefined;
  readonly webhookUrl?: string | undefined;
  /** `80` or `50,80,100`. */
  readonly thresholds?: string | undefined;
  /** `allow` or `block`; `default` for what the settings say. */
  readonly unknown?: string | undefined;
  readonly user?: string | undefined;
  readonly session?: string | undefined;
  readonly key?: string | undefined;
  /** `session`, `user`, `key` or `app`; `all` for together. */
  readonly per?: string | undefined;
}

export type ScopeRequest = Pick<BudgetRequest, 'app' | 'model' | 'tag' | 'user' | 'session' | 'key'>;

export interface BudgetIdentity {
  readonly id: string;
  readonly webhookSecret: string;
  readonly createdAtMs: number;
}

const NAME_FORM = /^[A-Za-z0-9][\w .:@/*-]{0,79}$/;
const NAME_LENGTH_MAX = 80;
const SCOPE_LENGTH_MAX = 256;
const THRESHOLDS_MAX = 10;

/** Reads what a user wrote; throws `invalid_argument` with the part, the value and the accepted form. */
export function parseBudget(request: BudgetRequest, identity: BudgetIdentity): Budget {
  if (request.limit === undefined) {
    throw new TokenWatchError('invalid_argument', 'A budget needs a limit in dollars: add --limit 25.');
  }
  const period = parsePeriod(request.period);
  const scope = parseScope(request);
  const webhookUrl = request.webhookUrl === undefined ? null : parseWebhookUrl(request.webhookUrl);
  const asked = request.action?.toLowerCase() ?? (webhookUrl === null ? 'block' : 'notify');
  const action = oneOf('action', ACTION_ALIASES[asked] ?? asked, BUDGET_ACTIONS);
  if (action === 'notify' && webhookUrl === null) {
    throw new TokenWatchError('invalid_argument', 'action "notify" needs a webhook: add --webhook-url URL.');
  }
  return {
    id: identity.id,
    name: parseName(request.name ?? standardName(request)),
    limitNanoUsd: parseLimit(request.limit),
    period,
    scope,
    action,
    thresholds: parseThresholds(request.thresholds ?? '80'),
    webhookUrl,
    unknownPrice: parseUnknownPrice(request.unknown),
    webhookSecret: webhookUrl === null ? null : identity.webhookSecret,
    createdAtMs: identity.createdAtMs,
    per: parsePer(request.per, scope),
    raises: [],
  };
}

function parseUnknownPrice(text: string | undefined): UnknownPrice | null {
  if (text === undefined) return null;
  const choice = oneOf('unknown', text, [...UNKNOWN_PRICE, 'default']);
  return choice === 'default' ? null : choice;
}

/** One allowance for each of what the scope allows one of is no such thing. */
function parsePer(text: string | undefined, scope: Scope): SharedBy | null {
  if (text === undefined) return null;
  const per = oneOf('per', text, [...SHARED_BY, 'all']);
  if (per === 'all') return null;
  if ((scope[per] ?? null) === null) return per;
  throw new TokenWatchError(
    'invalid_argument',
    `per "${per}" has no meaning beside --${per} ${scope[per]}: the budget is for that one alone. Leave one of the two out.`,
  );
}

export function parseScope(request: ScopeRequest): Scope {
  return {
    app: parseScopePart('app', request.app),
    model: parseScopePart('model', request.model),
    tag: parseScopePart('tag', request.tag === undefined ? undefined : (canonicalTag(request.tag) ?? '')),
    user: parseScopePart('user', request.user),
    session: parseScopePart('session', request.session),
    key: parseScopePart('key', request.key),
  };
}

/** `daily`, `daily claude-code gpt-4o*`: period and scope, reduced to what a name may hold. */
export function standardName(request: BudgetRequest): string {
  const scope = Object.values(parseScope(request)).filter((part) => part !== null);
  const per = parsePer(request.per, {} as Scope);
  const name = [parsePeriod(request.period), ...(per === null ? [] : ['per', per]), ...scope].join(' ');
  return name.replace(/[^\w .:@/*-]/g, '-').slice(0, NAME_LENGTH_MAX);
}

/** `all traffic`, or `app claude-code, model gpt-4o*`. */
export function describeScope(scope: Scope): string {
  const parts = Object.entries(scope).flatMap(([name, value]) =>
    typeof value === 'string' ? [`${name} ${value}`] : [],
  );
  return parts.length === 0 ? 'all traffic' : parts.join(', ');
}

export function sameScope(a: Scope, b: Scope): boolean {
  return SCOPE_PARTS.every((part) => (a[part] ?? null) === (b[part] ?? null));
}

/** True where the money counted for one budget is the money of the other. */
export function sameMoney(a: Budget, b: Budget): boolean {
  const isPerSame = (a.per ?? null) === (b.per ?? null);
  return a.id === b.id && a.period === b.period && isPerSame && sameScope(a.scope, b.scope);
}

/** With every part, also where an earlier version stored it. */
export function wholeScope({
  app,
  model,
  tag,
  user = null,
  session = null,
  key = null,
}: Scope): Required<Scope> {
  return { app, model, tag, user, session, key };
}

const SCOPE_PARTS = ['app', 'model', 'tag', 'user', 'session', 'key'] as const;

/** What the budget allows at a moment, with what it was raised by. */
export function limitAt({ limitNanoUsd, raises = [] }: LimitFacts, nowMs: number): NanoUsd {
  return raises.reduce(
    (sum, { byNanoUsd, fromMs, untilMs }) => (nowMs >= fromMs && nowMs < untilMs ? sum + byNanoUsd : sum),
    limitNanoUsd,
  );
}

/** When that changes next; Infinity where it does not. */
export function limitTurnsMs({ raises = [] }: Budget, nowMs: number): number {
  const turns = raises.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]).filter((atMs) => atMs > nowMs);
  return Math.min(Number.POSITIVE_INFINITY, ...turns);
}

/** A short id that people can type. */
export function newBudgetId(): string {
  return randomUUID().slice(0, 8);
}

/** Exact dollars for machines and headers: `25`, `0.000000001`. */
export function exactUsd(amount: NanoUsd): string {
  const whole = Math.floor(amount / NANO_USD_PER_USD);
  const rest = String(amount % NANO_USD_PER_USD)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return rest === '' ? String(whole) : `${whole}.${rest}`;
}

function parsePeriod(text: string | undefined): BudgetPeriod {
  return oneOf('period', text ?? 'monthly', BUDGET_PERIODS);
}

export function parseLimit(text: string, part = 'limit'): NanoUsd {
  const match = /^\$?(\d{1,7})(?:\.(\d{1,9}))?$/.exec(text.trim());
  const amount =
    match === null ? 0 : Number(match[1]) * NANO_USD_PER_USD + Number((match[2] ?? '').padEnd(9, '0'));
  if (amount <= 0 || !Number.isSafeInteger(amount)) {
    throw new TokenWatchError(
      'invalid_argument',
      `${part} "${text}" is not an amount of dollars above 0 and below 9 million, such as 25 or 0.50.`,
    );
  }
  return amount;
}

function parseThresholds(text: string): readonly number[] {
  const percents = text.split(',').map((part) => part.trim());
  const valid = percents.every((part) => /^\d{1,3}%?$/.test(part) && inRange(Number.parseInt(part, 10)));
  if (!valid || percents.length > THRESHOLDS_MAX) {
    throw new TokenWatchError(
      'invalid_argument',
      `thresholds "${text}" are not whole percents from 1 to 100, such as 80 or 50,80,100.`,
    );
  }
  return [...new Set(percents.map((part) => Number.parseInt(part, 10)))].sort((a, b) => a - b);
}

const inRange = (percent: number): boolean => percent >= 1 && percent <= 100;

function parseWebhookUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new TokenWatchError('invalid_argument', `webhook-url "${text}" is not an http:// or https:// URL.`);
  }
  if (isRefusedAddress(url.hostname))
    throw new TokenWatchError('invalid_argument', `webhook-url "${text}": ${url.hostname} ${REFUSED_WORDS}.`);
  return url.href;
}

function parseName(name: string): string {
  if (NAME_FORM.test(name)) return name;
  throw new TokenWatchError(
    'invalid_argument',
    `name "${name}" is not 1 to 80 letters, digits, spaces or any of . : @ / * _ - that begin with a letter or digit.`,
  );
}

function parseScopePart(part: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  const text = value.trim();
  if (text === '' || text.length > SCOPE_LENGTH_MAX) {
    throw new TokenWatchError(
      'invalid_argument',
      `${part} "${value}" is empty or longer than 256 characters.`,
    );
  }
  return text;
}

function oneOf<const T extends string>(part: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value.toLowerCase());
  if (found !== undefined) return found;
  throw new TokenWatchError('invalid_argument', `${part} "${value}" is not one of ${choices.join(', ')}.`);
}
