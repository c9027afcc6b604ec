// What a user does with budgets: set, remove, look, stop and resume. Works on the store alone, so with the
// server running and stopped; a running server follows the store.

import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { BudgetStanding } from './account.ts';
import {
  type Budget,
  type BudgetRequest,
  describeScope,
  exactUsd,
  type Kill,
  newBudgetId,
  parseBudget,
  parseScope,
  type Scope,
  sameScope,
  standardName,
} from './budget.ts';
import { periodAt } from './period.ts';
import type { BudgetBank } from './ports.ts';

export interface BudgetBookOptions {
  readonly bank: Pick<
    BudgetBank,
    'budgetRules' | 'putBudget' | 'removeBudget' | 'putKill' | 'removeKill' | 'spentSoFar'
  >;
  readonly clock: Clock;
  readonly timeZone: string;
}

type ScopeRequest = Pick<BudgetRequest, 'app' | 'model' | 'tag'>;

export interface BudgetSetting {
  readonly budget: Budget;
  /** False where it is new. */
  readonly changed: boolean;
  /** What the user should know of it. */
  readonly warning: string | null;
}

const LATELY_DAYS = 7;
const DAY_MS = 24 * 3_600_000;

export interface BudgetStatus {
  readonly standings: readonly BudgetStanding[];
  readonly kills: readonly Kill[];
}

export class BudgetBook {
  readonly #options: BudgetBookOptions;

  constructor(options: BudgetBookOptions) {
    this.#options = options;
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
      await bank.putBudget(budget);
      return { budget, changed: false, warning: await this.#unpricedWarning(budget) };
    }
    const webhookSecret = existing.webhookSecret ?? fresh.webhookSecret;
    const budget = parseBudget(merged(existing, request), { ...existing, webhookSecret });
    await bank.putBudget(budget);
    return { budget, changed: true, warning: await this.#unpricedWarning(budget) };
  }

  /** What a hard budget cannot count, seen in what came lately. */
  async #unpricedWarning({ scope, action, name, unknownPrice }: Budget): Promise<string | null> {
    if (action !== 'block') return null;
    const nowMs = this.#options.clock.now();
    const lately = { scope, fromMs: nowMs - LATELY_DAYS * DAY_MS, toMs: nowMs + 1, unsettledIds: [] };
    const [sums] = await this.#options.bank.spentSoFar([lately]);
    const count = sums?.unpricedRequests ?? 0;
    if (count === 0) return null;
    const requests = count === 1 ? '1 request' : `${count} requests`;
    const fate =
      unknownPrice === 'allow'
        ? 'Such requests pass, and are not counted'
        : `Such requests are refused, unless you set their prices (tokenwatch prices set MODEL …) or let them pass: tokenwatch budget set --name "${name}" --unknown allow`;
    return `in the last ${LATELY_DAYS} days ${requests} in its scope had an unknown price ("tokenwatch stats --by model" shows which). ${fate}.`;
  }

  /** By name or id. */
  async remove(nameOrId: string): Promise<Budget> {
    const { bank } = this.#options;
    const { budgets } = await bank.budgetRules();
    const found =
      budgets.find((budget) => budget.name === nameOrId) ?? budgets.find((budget) => budget.id === nameOrId);
    if (found === undefined) {
      const names = budgets.map((budget) => `"${budget.name}"`).join(', ') || 'none';
      throw new TokenWatchError('no_data', `No budget is named "${nameOrId}". There are: ${names}.`);
    }
    await bank.removeBudget(found.id);
    return found;
  }

  /** Where every budget stands, by the records: ended requests as spent, running ones as reserved. */
  async status(): Promise<BudgetStatus> {
    const { bank, clock, timeZone } = this.#options;
    const nowMs = clock.now();
    const { budgets, kills } = await bank.budgetRules();
    const bounds = budgets.map((budget) => periodAt(budget.period, nowMs, timeZone));
    const sums = await bank.spentSoFar(
      budgets.map(({ scope }, index) => ({
        scope,
        fromMs: bounds[index]!.startMs,
        toMs: bounds[index]!.endMs,
        unsettledIds: [],
      })),
    );
    const standings = budgets.map((budget, index) => {
      const { costNanoUsd, reservedNanoUsd, unpricedRequests, overrunNanoUsd } = sums[index]!;
      return {
        budget,
        spentNanoUsd: costNanoUsd,
        reservedNanoUsd,
        remainingNanoUsd: Math.max(0, budget.limitNanoUsd - costNanoUsd - reservedNanoUsd),
        periodStartMs: bounds[index]!.startMs,
        periodEndMs: bounds[index]!.endMs,
        unpricedRequests,
        overrunNanoUsd,
      };
    });
    return { standings, kills };
  }

  /** Stops what the scope matches. A switch that is on already stays as it is. */
  async kill(request: ScopeRequest): Promise<Kill> {
    const { bank, clock } = this.#options;
    const scope = parseScope(request);
    const { kills } = await bank.budgetRules();
    const existing = kills.find((kill) => sameScope(kill.scope, scope));
    if (existing !== undefined) return existing;
    const kill: Kill = { id: newBudgetId(), scope, createdAtMs: clock.now() };
    await bank.putKill(kill);
    return kill;
  }

  /** Removes one switch by its id. */
  async resumeOne(id: string): Promise<Kill> {
    const { bank } = this.#options;
    const { kills } = await bank.budgetRules();
    const kill = kills.find((candidate) => candidate.id === id);
    if (kill === undefined) {
      const known = kills.map((candidate) => `"${candidate.id}"`).join(', ') || 'none';
      throw new TokenWatchError('no_data', `No kill switch has the id "${id}". There are: ${known}.`);
    }
    await bank.removeKill(id);
    return kill;
  }

  /** Removes the switch of exactly that scope, or every switch when no scope is given. */
  async resume(request: ScopeRequest): Promise<readonly Kill[]> {
    const { bank } = this.#options;
    const scope = parseScope(request);
    const { kills } = await bank.budgetRules();
    const removed = isEverything(scope) ? kills : kills.filter((kill) => sameScope(kill.scope, scope));
    if (removed.length === 0) {
      const known = kills.map((kill) => describeScope(kill.scope)).join('; ') || 'nothing';
      throw new TokenWatchError(
        'no_data',
        `No kill switch stops ${describeScope(scope)}. Stopped: ${known}.`,
      );
    }
    for (const kill of removed) await bank.removeKill(kill.id);
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
    action: request.action ?? existing.action,
    name: existing.name,
    webhookUrl: request.webhookUrl ?? existing.webhookUrl ?? undefined,
    thresholds: request.thresholds ?? existing.thresholds.join(','),
    unknown: request.unknown ?? existing.unknownPrice ?? undefined,
  };
}
