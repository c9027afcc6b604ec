// Metrics for Prometheus: what requests add up to, and what is the case when it is asked.

import type { HeldRoom } from '../core/held-room.ts';
import type { HeldRooms } from '../core/held-rooms.ts';
import { NANO_USD_PER_USD } from '../core/money.ts';
import type { BudgetStanding } from '../ledger/account.ts';
import { ChargedKeys } from '../ledger/charged-keys.ts';
import { type Family, type LabelValues, readFamily } from '../telemetry/metrics.ts';
import { processMetrics } from '../telemetry/process-metrics.ts';
import { RequestMetrics } from '../telemetry/request-metrics.ts';
import { version } from '../version.ts';
import type { Budgets } from './budgets.ts';
import type { Records } from './records.ts';
import type { Rules } from './rules.ts';
import { allUpstreams, type Upstreams } from './upstreams.ts';

/** Budgets beyond the scarcest ones are not shown. */
const BUDGETS_MAX = 200;

/** Returns what a scrape reads; `others` are what other parts count. */
export function startMetrics(
  records: Records,
  upstreams: Upstreams,
  budgets: Budgets | null,
  rules: Rules,
  rooms: HeldRooms,
  others: readonly Family[],
): () => readonly Family[] {
  const charged = new ChargedKeys();
  const requests = new RequestMetrics({ isCharged: (key) => charged.repeats(key) });
  records.watch(requests);
  const families = [
    ...requests.families,
    ...journalFamilies(records),
    upstreamFamily(upstreams, rules),
    ...budgetFamilies(budgets),
    ...roomFamilies(rooms),
    ...others,
    ...processMetrics(version),
  ];
  return () => families;
}

function journalFamilies({ journal }: Records): readonly Family[] {
  return [
    readFamily('gauge', { name: 'tokenwatch_requests_in_flight', help: 'Requests not settled yet.' }, () => [
      [[], journal.status().inFlight],
    ]),
    readFamily(
      'gauge',
      { name: 'tokenwatch_journal_waiting_lines', help: 'Lines of records that wait for the disk.' },
      () => [[[], journal.status().waitingLines]],
    ),
    readFamily(
      'counter',
      { name: 'tokenwatch_journal_dropped_lines', help: 'Lines of records that were lost: too many waited.' },
      () => [[[], journal.status().droppedLines]],
    ),
  ];
}

function upstreamFamily(upstreams: Upstreams, rules: Rules): Family {
  const about = {
    name: 'tokenwatch_upstream_troubled_models',
    help: 'Models whose circuit is not closed at an upstream.',
    labels: ['api', 'upstream'],
  };
  return readFamily('gauge', about, () =>
    allUpstreams(upstreams, rules).map((upstream): [LabelValues, number] => [
      [upstream.api, upstream.name],
      upstreams.health.troubled(upstream).length,
    ]),
  );
}

/** What answers hold while they pass, and how often there was no room for one. */
function roomFamilies(rooms: HeldRooms): readonly Family[] {
  const labels = ['room'];
  const each = (amount: (room: HeldRoom) => number): [LabelValues, number][] =>
    Object.entries(rooms).map(([name, room]) => [[name], amount(room)]);
  return [
    readFamily(
      'gauge',
      { name: 'tokenwatch_answers_held_bytes', help: 'What answers hold while they pass.', labels },
      () => each(({ bytes }) => bytes),
    ),
    readFamily(
      'counter',
      { name: 'tokenwatch_answers_let_go', help: 'Answers for which there was no room to be held.', labels },
      () => each(({ refusals }) => refusals),
    ),
  ];
}

function budgetFamilies(budgets: Budgets | null): readonly Family[] {
  const family = (name: string, help: string, amount: (standing: BudgetStanding) => number): Family =>
    readFamily('gauge', { name, help, labels: ['budget', 'period'] }, () =>
      scarcest(budgets?.ledger.standings() ?? []).map((standing): [LabelValues, number] => [
        [standing.budget.name, standing.budget.period],
        amount(standing),
      ]),
    );
  return [
    family(
      'tokenwatch_budget_limit_usd',
      'What a budget allows in its period.',
      ({ limitNanoUsd }) => limitNanoUsd / NANO_USD_PER_USD,
    ),
    family(
      'tokenwatch_budget_spent_usd',
      'What was spent in the period that runs.',
      ({ spentNanoUsd }) => spentNanoUsd / NANO_USD_PER_USD,
    ),
    family(
      'tokenwatch_budget_reserved_usd',
      'What is set aside for requests in flight.',
      ({ reservedNanoUsd }) => reservedNanoUsd / NANO_USD_PER_USD,
    ),
    family(
      'tokenwatch_budget_unpriced_requests',
      'Requests of the period at an unknown price.',
      ({ unpricedRequests }) => unpricedRequests,
    ),
  ];
}

/** One standing for each budget: where it has several, the one that ends first. */
function scarcest(standings: readonly BudgetStanding[]): readonly BudgetStanding[] {
  const byName = new Map<string, BudgetStanding>();
  for (const standing of standings.toSorted((a, b) => a.remainingNanoUsd - b.remainingNanoUsd)) {
    const key = `${standing.budget.name} ${standing.budget.period}`;
    if (!byName.has(key) && byName.size < BUDGETS_MAX) byName.set(key, standing);
  }
  return [...byName.values()];
}
