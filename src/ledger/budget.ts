// What a budget is: a limit on what matching requests may cost in each period. Pure definitions.

import { randomUUID } from 'node:crypto';
import type { NanoUsd } from '../core/money.ts';
import { hasShape } from '../core/shape.ts';

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

export const isKill = (value: unknown): boolean =>
  hasShape(value, { id: 'string', scope: 'object', createdAtMs: 'number' });

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
