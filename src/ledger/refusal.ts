// Why a budget stopped a request, in the words and headers that the client gets.

import { TokenWatchError } from '../core/errors.ts';
import { exactUsd, formatUsd, type NanoUsd } from '../core/money.ts';
import type { BudgetStanding } from './account.ts';
import { describeScope, type Kill, type Scope } from './budget.ts';

export type BudgetRefusal =
  | {
      /** Spent up to the limit; only set aside by others up to it; or shared out by a database that is away. */
      readonly code: 'budget_exceeded' | 'budget_busy' | 'budget_offline';
      readonly standing: BudgetStanding;
      /** What the request may cost; null where the price is unknown. */
      readonly askedNanoUsd: NanoUsd | null;
      readonly atMs: number;
      /** Of the budgets' periods. */
      readonly timeZone: string;
      /** True where the request runs, and is ended. */
      readonly isCut?: boolean;
      /** True where what was spent before is not known. */
      readonly isUncounted?: boolean;
    }
  | {
      readonly code: 'budget_unknown_price';
      readonly standing: BudgetStanding;
      /** What has no price: `model "gpt-9"`, `POST /v1/videos`. */
      readonly subject: string;
    }
  | { readonly code: 'budget_killed'; readonly kill: Kill };

/** Beyond this nobody is asked to wait: the SDKs ignore it and retry by their own clock, some agents sleep for days. */
const PATIENCE_S = 60;
/** Where others' requests stand in the way, which end by themselves. */
const BUSY_RETRY_S = 5;
/** Where a database is to come back. */
const OFFLINE_RETRY_S = 10;

/** The error for the client, with the response headers that go with it. */
export function refusalError(refusal: BudgetRefusal): TokenWatchError {
  return new TokenWatchError(refusal.code, refusalMessage(refusal), { headers: refusalHeaders(refusal) });
}

/** What a response says about the budget that it is nearest to exceeding. */
export function standingHeaders(standing: BudgetStanding): Readonly<Record<string, string>> {
  return {
    'x-tokenwatch-budget-name': standing.budget.name,
    ...((standing.budget.per ?? null) !== null && {
      'x-tokenwatch-budget-per': standing.budget.per as string,
    }),
    'x-tokenwatch-budget-limit': exactUsd(standing.limitNanoUsd),
    'x-tokenwatch-budget-spent': exactUsd(standing.spentNanoUsd),
    'x-tokenwatch-budget-reserved': exactUsd(standing.reservedNanoUsd),
    'x-tokenwatch-budget-remaining': exactUsd(standing.remainingNanoUsd),
    ...(Number.isFinite(standing.periodEndMs)
      ? { 'x-tokenwatch-budget-period-end': new Date(standing.periodEndMs).toISOString() }
      : {}),
  };
}

function refusalMessage(refusal: BudgetRefusal): string {
  if (refusal.code === 'budget_killed') {
    const scope = describeScope(refusal.kill.scope);
    return `TokenWatch has stopped ${scope} (kill switch ${refusal.kill.id}). Let it run again with: tokenwatch budget resume${scopeOptions(refusal.kill.scope)}`;
  }
  const { budget, limitNanoUsd, spentNanoUsd, reservedNanoUsd, periodEndMs, share } = refusal.standing;
  const name = `--name ${shellWord(budget.name)}`;
  if (refusal.code === 'budget_unknown_price') {
    const { subject } = refusal;
    const model = /^model "(.+)"$/s.exec(subject)?.[1];
    const priceIt =
      model === undefined
        ? ''
        : `Set a price (tokenwatch prices set ${shellWord(model)} --input … --output …), or let`;
    return `TokenWatch: no price is known for ${subject}, so budget "${budget.name}" cannot count it. ${priceIt || 'Let'} this budget pass what it cannot count: tokenwatch budget set ${name} --unknown allow`;
  }
  const until = Number.isFinite(periodEndMs) ? ` until ${localTime(periodEndMs, refusal.timeZone)}` : '';
  const reserved =
    reservedNanoUsd === 0 ? '' : ` and ${usd(reservedNanoUsd)} is set aside for requests in flight`;
  const per = budget.per ?? null;
  const each =
    per === null ? '' : share === null ? ` to all requests without a ${per} together` : ` to each ${per}`;
  const standing = `budget "${budget.name}" allows ${usd(limitNanoUsd)} (${budget.period})${each}${until}; ${usd(spentNanoUsd)} is spent${reserved}.`;
  const raise = `Raise it with: tokenwatch budget set ${name} --limit DOLLARS, or for a while: tokenwatch budget raise ${shellWord(budget.name)} --by DOLLARS --for 2h`;
  if (refusal.isCut === true)
    return `TokenWatch ended this answer before it would cost more than is left: ${standing} ${raise}`;
  const asked = refusal.askedNanoUsd;
  const cost = asked === null ? '' : ` This request may cost ${usd(asked)}.`;
  if (refusal.code === 'budget_offline' && refusal.isUncounted === true)
    return `TokenWatch: budget "${budget.name}" allows ${usd(limitNanoUsd)} (${budget.period}), and what is spent of it is not known: the database is away or damaged ("tokenwatch status" says which). Bring it back; or let such requests pass meanwhile, with TOKENWATCH_BUDGET_OFFLINE=allow.`;
  if (refusal.code === 'budget_offline')
    return `TokenWatch: ${standing}${cost} This instance has used up its share, and the database that gives out more does not answer. Bring the database back; or let such requests pass meanwhile, with TOKENWATCH_BUDGET_OFFLINE=allow.`;
  if (refusal.code === 'budget_busy')
    return `TokenWatch: ${standing}${cost} It fits once others have ended: try again in a moment, or raise the budget with: tokenwatch budget set ${name} --limit DOLLARS`;
  return `TokenWatch: ${standing}${cost} ${raise}`;
}

/** Amounts too small for people's usual digits are told exactly: a limit may be one. */
function usd(amount: NanoUsd): string {
  const text = formatUsd(amount);
  return text.startsWith('<') ? `$${exactUsd(amount)}` : text;
}

/** `2026-11-26 00:00 GMT+1`: the wall clock of that zone, to the minute. */
function localTime(atMs: number, timeZone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone);
  const zone = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'short' })
    .formatToParts(atMs)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const clock = at.toPlainTime().toString({ smallestUnit: 'minute' });
  return `${at.toPlainDate().toString()} ${clock} ${zone ?? at.offset}`;
}

function scopeOptions(scope: Scope): string {
  return Object.entries(scope)
    .map(([name, value]) => (typeof value === 'string' ? ` --${name} ${shellWord(value)}` : ''))
    .join('');
}

/** For the user's command line: quoted where a shell would read more than one word in it. */
function shellWord(text: string): string {
  return /^[\w.:@/+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Whether to try again is told by the table of errors; a period that turns at once is the exception. */
function refusalHeaders(refusal: BudgetRefusal): Readonly<Record<string, string>> {
  if (refusal.code === 'budget_killed') return {};
  const headers = standingHeaders(refusal.standing);
  if (refusal.code === 'budget_unknown_price') return headers;
  if (refusal.code === 'budget_busy') return { ...headers, 'retry-after': String(BUSY_RETRY_S) };
  if (refusal.code === 'budget_offline') return { ...headers, 'retry-after': String(OFFLINE_RETRY_S) };
  const waitS = Math.max(1, Math.ceil((refusal.standing.periodEndMs - refusal.atMs) / 1000));
  // Clients that are told to wait for days do so, without a word to their users: then the period's end is told only in
  // its own header and in the text.
  if (waitS > PATIENCE_S) return headers;
  return { ...headers, 'retry-after': String(waitS), 'x-should-retry': 'true' };
}
