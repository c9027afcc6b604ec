// What tells that an answer was charged before: one that is fetched again costs nothing. What is made anew is charged,
// though its server gives it the id of another. One that was fetched while its maker had not told it yet is the maker's
// own, and not charged again either.

import { type ChargedLines, type FreshReading, freshReading } from '../core/charged-lines.ts';
import type { MeterReading } from '../core/protocol.ts';
import { isUsed, totalUsage, type UsageRun } from '../core/usage.ts';
import type { KnownAnswers } from '../ledger/known-answers.ts';
import { normalPath } from '../protocols/endpoints/normal-path.ts';
import type { Call } from './call.ts';

type Asked = Pick<Call, 'method' | 'path' | 'isWebSocket' | 'startedAtMs'>;

/** Who knows what was charged. */
export interface ChargedBefore {
  readonly chargedLines: ChargedLines;
  /** Of this process. */
  readonly knownAnswers: KnownAnswers;
  /** On record. False where nobody can tell in time. */
  readonly wasCharged: (key: string) => Promise<boolean>;
}

/** Of the answers that a session has paid, in the list of what was charged. */
const IN_SESSION = 'session';

/** The key of an answer that is charged with these runs; null where it is charged by itself. */
export function billingKeyOf(
  call: Asked,
  reading: MeterReading,
  runs: readonly UsageRun[],
  known: KnownAnswers,
  nowMs: number,
): string | null {
  const { billingKey: key, responseId, isDeferred } = reading;
  if (key === null) return null;
  const name = nameOf(key);
  const before = known.find(name);
  const isMade = makesAnswer(call, responseId);
  if (reading.runs.length === 0 || !isUsed(totalUsage(runs))) {
    // What it comes to is told when it is fetched, whatever time its server gives it then.
    if (isMade && isDeferred) known.put(name, { key, fetchedAtMs: null, isCharged: false });
    return null;
  }
  if (!isMade) {
    if (before?.isCharged !== true)
      known.put(name, { key: before?.key ?? key, fetchedAtMs: nowMs, isCharged: true });
    return before?.key ?? key;
  }
  const wasFetchedMeanwhile = (before?.fetchedAtMs ?? -1) >= call.startedAtMs;
  const own = before !== null && wasFetchedMeanwhile ? before.key : key;
  // Whoever makes one of that name from now on makes another.
  known.put(name, { key: own, fetchedAtMs: null, isCharged: true });
  return before?.key === own && !wasFetchedMeanwhile ? null : own;
}

/** A session has paid for it: it is free for whoever fetches it. */
export function paidInSession(key: string, charged: ChargedLines): void {
  const results = resultsOf(key);
  if (charged.take(results, IN_SESSION)) charged.write(results, [IN_SESSION]);
}

/** What is told, without what was charged before or is paid by others; a promise where that takes a moment. */
export function unchargedReading(
  call: Asked & Pick<Call, 'endpoint'>,
  told: MeterReading,
  isWhole: boolean,
  { chargedLines, knownAnswers, wasCharged }: ChargedBefore,
): FreshReading | Promise<FreshReading> {
  const reading = unpaidReading(call, told, chargedLines);
  if (reading.lines !== null) return freshReading(reading, isWhole, chargedLines);
  const { billingKey: key, responseId, runs } = reading;
  const isAsked = key !== null && isUsed(totalUsage(runs)) && !makesAnswer(call, responseId);
  if (!isAsked) return { reading, fresh: null };
  const known = knownAnswers.find(nameOf(key));
  if (known?.isCharged === true) return { reading, fresh: null };
  return wasCharged(known?.key ?? key).then((was) => ({
    reading: was ? paidReading(reading) : reading,
    fresh: null,
  }));
}

/** The reading without what others pay: who made it, in a session or at once, or who fetches it when it is done. */
function unpaidReading(
  call: Asked & Pick<Call, 'endpoint'>,
  told: MeterReading,
  charged: ChargedLines,
): MeterReading {
  const isKept = call.endpoint.charge === 'nothing' && told.wasGivenAtOnce;
  const reading = isKept || told.isDeferred ? { ...told, ...NOTHING_STATED } : told;
  const { billingKey: key, lines, responseId } = reading;
  if (key === null || lines !== null || makesAnswer(call, responseId)) return reading;
  return charged.has(resultsOf(key), IN_SESSION) ? paidReading(reading) : reading;
}

const paidReading = (reading: MeterReading): MeterReading => ({
  ...reading,
  ...NOTHING_STATED,
  ...{ runs: [], usageIsFinal: true, hasUnpricedParts: false, billingKey: null },
});

/** The cost that it states is that of its making. */
const NOTHING_STATED = { reportedCostNanoUsd: null, reportedIsCharge: false };

const resultsOf = (key: string): string => key.replace(/\s/g, '_');

/** Without the time of its making. */
const nameOf = (key: string): string => key.replace(/ [\d.]+$/, '');

/** Who fetches an answer, or ends it, names it. */
function makesAnswer({ method, path, isWebSocket }: Asked, id: string | null): boolean {
  const parts = normalPath(path).split('/');
  return isWebSocket || (method === 'POST' && !parts.some((part) => `${part}:`.startsWith(`${id}:`)));
}
