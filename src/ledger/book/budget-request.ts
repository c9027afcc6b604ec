// A budget as a user writes it, on the command line or in the dashboard, and how it is read.

import { TokenWatchError } from '../../core/errors.ts';
import { checkOneModel } from '../../core/given-names.ts';
import { NANO_USD_PER_USD, type NanoUsd } from '../../core/money.ts';
import { isRefusedAddress, REFUSED_WORDS } from '../../core/refused-address.ts';
import { storedModel } from '../../core/stored-name.ts';
import { canonicalTag } from '../../core/tag.ts';
import { withoutCredentials } from '../../core/without-credentials.ts';
import {
  BUDGET_ACTIONS,
  BUDGET_PERIODS,
  type Budget,
  type BudgetAction,
  type BudgetPeriod,
  type Scope,
  SHARED_BY,
  type SharedBy,
  UNKNOWN_PRICE,
  type UnknownPrice,
} from '../budget.ts';

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

/** What a budget has that no user writes; it stays when the budget is changed. */
export interface BudgetIdentity {
  readonly id: string;
  readonly webhookSecret: string;
  readonly createdAtMs: number;
}

export const BUDGET_NAME = /^[A-Za-z0-9][\w .:@/*-]{0,79}$/;
const NAME_LENGTH_MAX = 80;
const SCOPE_LENGTH_MAX = 256;
const MODEL_LENGTH_MAX = 64 * 1024;
const THRESHOLDS_MAX = 10;

const ACTION_ALIASES: ReadonlyMap<string, BudgetAction> = new Map([
  ['hard', 'block'],
  ['webhook', 'notify'],
]);

/** Reads what a user wrote; throws `invalid_argument` with the part, the value and the accepted form. */
export function parseBudget(request: BudgetRequest, identity: BudgetIdentity): Budget {
  if (request.limit === undefined) {
    throw new TokenWatchError(
      'invalid_argument',
      'A budget needs a limit in dollars: add --limit 25 (in JSON "limit": 25).',
    );
  }
  const period = parsePeriod(request.period);
  const scope = parseNewScope(request);
  const webhookUrl = request.webhookUrl === undefined ? null : parseWebhookUrl(request.webhookUrl);
  const asked = request.action?.toLowerCase() ?? (webhookUrl === null ? 'block' : 'notify');
  const action = oneOf('action', ACTION_ALIASES.get(asked) ?? asked, BUDGET_ACTIONS);
  if (action === 'notify' && webhookUrl === null) {
    throw new TokenWatchError(
      'invalid_argument',
      'action "notify" needs a webhook: add --webhook-url URL (in JSON webhookUrl).',
    );
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

/** A budget for one session cannot give each session an allowance: such a pair is refused. */
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

/** Of what is set now: what was set before may have any form, and is taken back by it. */
export function parseNewScope(request: ScopeRequest): Scope {
  checkOneModel('model', request.model ?? '');
  return parseScope(request);
}

/** Parts that are left out match everything. Throws `invalid_argument` for one that is empty or too long. */
export function parseScope(request: ScopeRequest): Scope {
  return {
    app: parseScopePart('app', request.app),
    model: parseModel(request.model),
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

function parsePeriod(text: string | undefined): BudgetPeriod {
  return oneOf('period', text ?? 'monthly', BUDGET_PERIODS);
}

/** `25`, `$0.50`, to the nano-dollar. Throws `invalid_argument`, in which the amount is called `part`. */
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
    throw new TokenWatchError(
      'invalid_argument',
      `webhook-url "${withoutCredentials(text)}" is not an http:// or https:// URL.`,
    );
  }
  if (url.username + url.password !== '')
    throw new TokenWatchError(
      'invalid_argument',
      `webhook-url "${withoutCredentials(text)}" has a user or a password in it, which are not sent. Webhooks are signed: their receiver can tell by that who calls.`,
    );
  if (isRefusedAddress(url.hostname))
    throw new TokenWatchError(
      'invalid_argument',
      `webhook-url "${withoutCredentials(text)}": ${url.hostname} ${REFUSED_WORDS}.`,
    );
  return url.href;
}

function parseName(name: string): string {
  if (BUDGET_NAME.test(name)) return name;
  throw new TokenWatchError(
    'invalid_argument',
    `name "${name}" is not 1 to 80 letters, digits, spaces or any of . : @ / * _ - that begin with a letter or digit.`,
  );
}

/** A whole name may be as long as clients write them: it is kept as records keep it, which is what both are told by. */
function parseModel(value: string | undefined): string | null {
  const text = value?.trim();
  if (text === undefined || text.includes('*')) return parseScopePart('model', text);
  return storedModel(parseScopePart('model', text, MODEL_LENGTH_MAX));
}

function parseScopePart(
  part: string,
  value: string | undefined,
  lengthMax = SCOPE_LENGTH_MAX,
): string | null {
  if (value === undefined) return null;
  const text = value.trim();
  if (text === '' || text.length > lengthMax) {
    throw new TokenWatchError(
      'invalid_argument',
      `${part} "${value}" is empty or longer than ${lengthMax} characters.`,
    );
  }
  return text;
}

function oneOf<const T extends string>(part: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value.toLowerCase());
  if (found !== undefined) return found;
  throw new TokenWatchError('invalid_argument', `${part} "${value}" is not one of ${choices.join(', ')}.`);
}
