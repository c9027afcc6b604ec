// What a user does with budgets: set, remove, look, stop and resume. Works on the store alone, so with the
// server running and stopped; a running server follows the store.

import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { parseLifetimeMs } from '../../core/lifetime.ts';
import { exactUsd } from '../../core/money.ts';
import type { BudgetStanding } from '../account.ts';
import {
  type Budget,
  type BudgetRaise,
  describeScope,
  type Kill,
  limitAt,
  newBudgetId,
  type Scope,
  sameScope,
} from '../budget.ts';
import { type KillBank, storedKills } from '../kills/kill-bank.ts';
import { raiseNoticeOf } from '../notices/notice.ts';
import { type PeriodBounds, periodAt } from '../period.ts';
import { type BudgetBank, NOTHING_SPENT, type SpentSoFar } from '../ports.ts';
import { earlierOf } from './budget-history.ts';
import {
  type BudgetRequest,
  parseBudget,
  parseLimit,
  parseNewScope,
  parseScope,
  type ScopeRequest,
  standardName,
} from './budget-request.ts';

export interface BudgetBookOptions {
  readonly bank: Pick<
    BudgetBank,
    'budgetRules' | 'putBudget' | 'removeBudget' | 'putKill' | 'removeKill' | 'spentSoFar' | 'addNotice'
  >;
  readonly clock: Clock;
  readonly timeZone: string;
  /** Those of the bank without it. */
  readonly kills?: KillBank;
}

export interface BudgetSetting {
  readonly budget: Budget;
  /** False where it is new. */
  readonly changed: boolean;
  /** What the user should know of it. */
  readonly warning: string | null;
}

const RAISES_MAX = 20;
const WHO_CHARACTERS_MAX = 64;
const RAISE_MS_MAX = 31 * 24 * 3_600_000;
const LATELY_DAYS = 7;
const DAY_MS = 24 * 3_600_000;

export interface BudgetStatus {
  readonly standings: readonly BudgetStanding[];
  readonly kills: readonly Kill[];
}

export class BudgetBook {
  readonly #options: BudgetBookOptions;
  readonly #kills: KillBank;

  constructor(options: BudgetBookOptions) {
    this.#options = options;
    this.#kills = options.kills ?? storedKills(options.bank);
  }

  /** Adds a budget, or changes the one of that name: what the request leaves out stays as it was. */
  async set(request: BudgetRequest): Promise<BudgetSetting> {
    const { bank, clock } = this.#options;
    const { budgets } = await bank.budgetRules();
    const fresh = {
      id: newBudgetId(),
      webhookSecret: `whsec_${randomBytes(24).toString('base64')}`,
      createdAtMs: clock.now(),
    };
    const name = request.name ?? standardName(request);
    const existing = budgets.find((budget) => budget.name === name);
    if (existing === undefined) {
      const budget = parseBudget(request, fresh);
      await this.#put(null, budget);
      return { budget, changed: false, warning: await this.#unpricedWarning(budget) };
    }
    const webhookSecret = existing.webhookSecret ?? fresh.webhookSecret;
    const nowMs = clock.now();
    const raises = existing.raises?.filter(({ untilMs }) => untilMs > nowMs) ?? [];
    const budget = { ...parseBudget(merged(existing, request), { ...existing, webhookSecret }), raises };
    await this.#put(existing, budget);
    return { budget, changed: true, warning: await this.#unpricedWarning(budget) };
  }

  /** Lets it spend more for a while. Its receiver hears of it, where it has a webhook. */
  async raise(nameOrId: string, by: string, forTime: string, who: string | null = null): Promise<Budget> {
    const { bank, clock } = this.#options;
    const before = await this.existing(nameOrId);
    const nowMs = clock.now();
    const forMs = parseLifetimeMs(forTime, RAISE_MS_MAX);
    if (forMs === undefined)
      throw new TokenWatchError(
        'invalid_argument',
        `for "${forTime}" is not a time of up to 31 days, such as 30m, 2h or 1d.`,
      );
    const raises = (before.raises ?? []).filter(({ untilMs }) => untilMs > nowMs);
    if (raises.length >= RAISES_MAX)
      throw new TokenWatchError(
        'invalid_argument',
        `Budget "${before.name}" is raised ${RAISES_MAX} times at once already. Change its limit: tokenwatch budget set --name "${before.name}" --limit DOLLARS`,
      );
    const raise: BudgetRaise = {
      byNanoUsd: parseLimit(by, 'by'),
      fromMs: nowMs,
      untilMs: nowMs + forMs,
      who: who?.slice(0, WHO_CHARACTERS_MAX) ?? 'somebody',
    };
    const budget = { ...before, raises: [...raises, raise] };
    if (!Number.isSafeInteger(limitAt(budget, nowMs)))
      throw new TokenWatchError('invalid_argument', `by "${by}" is more than a budget can be raised by.`);
    await this.#put(before, budget);
    const notice = raiseNoticeOf(budget, raise);
    if (notice !== null) await bank.addNotice(notice);
    return budget;
  }

  /** Every change goes through here. */
  async #put(before: Budget | null, after: Budget): Promise<void> {
    const { bank, clock } = this.#options;
    const earlier = before === null ? [] : earlierOf(before, after, clock.now());
    await bank.putBudget(earlier.length === 0 ? after : { ...after, earlier });
  }

  /** What a hard budget cannot count, seen in what came lately. */
  async #unpricedWarning({ scope, action, name, unknownPrice }: Budget): Promise<string | null> {
    if (action !== 'block') return null;
    const nowMs = this.#options.clock.now();
    const lately = { scope, fromMs: nowMs - LATELY_DAYS * DAY_MS, toMs: nowMs + 1, unsettledIds: [] };
    const [sums] = await this.#options.bank.spentSoFar([lately]);
    const count = sums?.unpricedRequests ?? 0;
    if (count === 0) return null;
    const requests = counted(count, 'request');
    const fate =
      unknownPrice === 'allow'
        ? 'Such requests pass, and are not counted'
        : `Such requests are refused, unless you set their prices (tokenwatch prices set MODEL …) or let them pass: tokenwatch budget set --name "${name}" --unknown allow`;
    return `in the last ${LATELY_DAYS} days ${requests} in its scope had an unknown price ("tokenwatch stats --by model" shows which). ${fate}.`;
  }

  /** By name or id. */
  async remove(nameOrId: string): Promise<Budget> {
    const found = await this.existing(nameOrId);
    await this.#options.bank.removeBudget(found.id);
    return found;
  }

  /** By name or id; throws `no_data` with the names that there are. */
  async existing(nameOrId: string): Promise<Budget> {
    const { budgets } = await this.#options.bank.budgetRules();
    const found =
      budgets.find((budget) => budget.name === nameOrId) ?? budgets.find((budget) => budget.id === nameOrId);
    if (found === undefined) {
      const names = budgets.map((budget) => `"${budget.name}"`).join(', ') || 'none';
      throw new TokenWatchError('no_data', `No budget is named "${nameOrId}". There are: ${names}.`);
    }
    return found;
  }

  /** Where budgets stand, by the records: ended requests as spent, running ones as reserved. */
  async status(which: (budget: Budget) => boolean = () => true): Promise<BudgetStatus> {
    const { bank, clock, timeZone } = this.#options;
    const nowMs = clock.now();
    const { budgets: all, kills } = await bank.budgetRules();
    const budgets = all.filter(which);
    const bounds = budgets.map((budget) => periodAt(budget.period, nowMs, timeZone));
    const sums = await bank.spentSoFar(
      budgets.map(({ scope, per = null }, index) => ({
        scope,
        per,
        fromMs: bounds[index]!.startMs,
        toMs: bounds[index]!.endMs,
        unsettledIds: [],
      })),
    );
    const standings = budgets.map((budget, index) =>
      recordedStanding(budget, sums[index]!, bounds[index]!, nowMs),
    );
    return { standings, kills };
  }

  /** What is stopped. */
  kills(): Promise<readonly Kill[]> {
    return this.#kills.kills(true);
  }

  /** Stops what the scope matches. A switch that is on already stays as it is. */
  async kill(request: ScopeRequest): Promise<Kill> {
    const scope = parseNewScope(request);
    const kills = await this.#kills.kills(false);
    const existing = kills.find((kill) => sameScope(kill.scope, scope));
    if (existing !== undefined) return existing;
    const kill: Kill = { id: newBudgetId(), scope, createdAtMs: this.#options.clock.now() };
    await this.#kills.putKill(kill);
    return kill;
  }

  /** Removes one switch by its id. */
  async resumeOne(id: string): Promise<Kill> {
    const kills = await this.#kills.kills(true);
    const kill = kills.find((candidate) => candidate.id === id);
    if (kill === undefined) {
      const known = kills.map((candidate) => `"${candidate.id}"`).join(', ') || 'none';
      throw new TokenWatchError('no_data', `No kill switch has the id "${id}". There are: ${known}.`);
    }
    await this.#kills.removeKill(id);
    return kill;
  }

  /** Removes the switch of exactly that scope, or every switch when no scope is given. */
  async resume(request: ScopeRequest): Promise<readonly Kill[]> {
    const scope = parseScope(request);
    const kills = await this.#kills.kills(true);
    const removed = isEverything(scope) ? kills : kills.filter((kill) => sameScope(kill.scope, scope));
    if (removed.length === 0) {
      const known = kills.map((kill) => describeScope(kill.scope)).join('; ') || 'nothing';
      throw new TokenWatchError(
        'no_data',
        `No kill switch stops ${describeScope(scope)}. Stopped: ${known}.`,
      );
    }
    for (const kill of removed) await this.#kills.removeKill(kill.id);
    return removed;
  }
}

const isEverything = (scope: Scope): boolean => sameScope(scope, { app: null, model: null, tag: null });

function merged(existing: Budget, request: BudgetRequest): BudgetRequest {
  return {
    limit: request.limit ?? exactUsd(existing.limitNanoUsd),
    period: request.period ?? existing.period,
    app: request.app ?? existing.scope.app ?? undefined,
    model: request.model ?? existing.scope.model ?? undefined,
    tag: request.tag ?? existing.scope.tag ?? undefined,
    user: request.user ?? existing.scope.user ?? undefined,
    session: request.session ?? existing.scope.session ?? undefined,
    key: request.key ?? existing.scope.key ?? undefined,
    per: request.per ?? existing.per ?? undefined,
    action: request.action ?? existing.action,
    name: existing.name,
    webhookUrl: request.webhookUrl ?? existing.webhookUrl ?? undefined,
    thresholds: request.thresholds ?? existing.thresholds.join(','),
    unknown: request.unknown ?? existing.unknownPrice ?? undefined,
  };
}

/** Of allowances for each the most used one. */
function recordedStanding(
  budget: Budget,
  spent: SpentSoFar,
  bounds: PeriodBounds,
  nowMs: number,
): BudgetStanding {
  const limitNanoUsd = limitAt(budget, nowMs);
  const { shares = null } = spent;
  const sums = shares === null ? spent : (shares[0] ?? NOTHING_SPENT);
  const usedUp = shares?.filter(({ costNanoUsd }) => costNanoUsd >= limitNanoUsd).length ?? 0;
  return {
    budget,
    limitNanoUsd,
    share: shares?.[0]?.share ?? null,
    shares: shares && { known: shares.length, usedUp },
    spentNanoUsd: sums.costNanoUsd,
    reservedNanoUsd: sums.reservedNanoUsd,
    remainingNanoUsd: Math.max(0, limitNanoUsd - sums.costNanoUsd - sums.reservedNanoUsd),
    periodStartMs: bounds.startMs,
    periodEndMs: bounds.endMs,
    unpricedRequests: sums.unpricedRequests,
    overrunNanoUsd: sums.overrunNanoUsd,
  };
}
