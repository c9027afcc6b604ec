// Why a budget stopped a request, in the words and headers that the client gets.

import { TokenWatchError } from '../core/errors.ts';
import { formatUsd, type NanoUsd } from '../core/money.ts';
import type { BudgetStanding } from './account.ts';
import { describeScope, exactUsd, type Kill, type Scope } from './budget.ts';

export type BudgetRefusal =
  | {
      readonly code: 'budget_exceeded';
      readonly standing: BudgetStanding;
      /** What the request may cost; null where the price is unknown. */
      readonly askedNanoUsd: NanoUsd | null;
      readonly atMs: number;
      /** Of the budgets' periods. */
      readonly timeZone: string;
    }
  | {
      readonly code: 'budget_unknown_price';
      readonly standing: BudgetStanding;
      /** What has no price: `model "gpt-9"`, `POST /v1/videos`. */
      readonly subject: string;
    }
  | { readonly code: 'budget_killed'; readonly kill: Kill };

/** Beyond this, the SDKs ignore `retry-after` and retry by their own clock: then they are told not to. */
const PATIENCE_OF_SDKS_S = 60;

/** The error for the client, with the response headers that go with it. */
export function refusalError(refusal: BudgetRefusal): TokenWatchError {
  return new TokenWatchError(refusal.code, refusalMessage(refusal), { headers: refusalHeaders(refusal) });
}

/** What a response says about the budget that it is nearest to exceeding. */
export function standingHeaders(standing: BudgetStanding): Readonly<Record<string, string>> {
  return {
    'x-tokenwatch-budget-name': standing.budget.name,
    'x-tokenwatch-budget-limit': exactUsd(standing.budget.limitNanoUsd),
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
  const { budget, spentNanoUsd, reservedNanoUsd, periodEndMs } = refusal.standing;
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
  const asked = refusal.askedNanoUsd;
  const cost = asked === null ? '' : ` This request may cost ${usd(asked)}.`;
  const until = Number.isFinite(periodEndMs) ? ` until ${localTime(periodEndMs, refusal.timeZone)}` : '';
  const reserved =
    reservedNanoUsd === 0 ? '' : ` and ${usd(reservedNanoUsd)} is set aside for requests in flight`;
  return `TokenWatch: budget "${budget.name}" allows ${usd(budget.limitNanoUsd)} (${budget.period})${until}; ${usd(spentNanoUsd)} is spent${reserved}.${cost} Raise it with: tokenwatch budget set ${name} --limit DOLLARS`;
}

/** Amounts too small for people's usual digits are told exactly: a limit may be one. */
function usd(amount: NanoUsd): string {
  const text = formatUsd(amount);
  return text.startsWith('<') ? `$${exactUsd(amount)}` : text;
}

/** `2026-11-26 00:00 GMT+1`: the wall clock of that zone, to the minute. */
export function localTime(atMs: number, timeZone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone);
  const zone = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'short' })
    .formatToParts(atMs)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const clock = at.toPlainTime().toString({ smallestUnit: 'minute' });
  return `${at.toPlainDate().toString()} ${clock} ${zone ?? at.offset}`;
}

function scopeOptions(scope: Scope): string {
  return Object.entries(scope)
    .map(([name, value]) => (value === null ? '' : ` --${name} ${shellWord(value)}`))
    .join('');
}

/** For the user's command line: quoted where a shell would read more than one word in it. */
function shellWord(text: string): string {
  return /^[\w.:@/+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function refusalHeaders(refusal: BudgetRefusal): Readonly<Record<string, string>> {
  if (refusal.code === 'budget_killed') return { 'x-should-retry': 'false' };
  const headers = standingHeaders(refusal.standing);
  if (refusal.code === 'budget_unknown_price') return { ...headers, 'x-should-retry': 'false' };
  const waitS = Math.max(1, Math.ceil((refusal.standing.periodEndMs - refusal.atMs) / 1000));
  return {
    ...headers,
    ...(Number.isFinite(waitS) ? { 'retry-after': String(waitS) } : {}),
    ...(waitS > PATIENCE_OF_SDKS_S ? { 'x-should-retry': 'false' } : {}),
  };
}
