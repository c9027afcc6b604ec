// What tells that an answer was charged before: one that is fetched again costs nothing. What is made anew is charged,
// though its server gives it the id of another. One that was fetched while its maker had not told it yet is the maker's
// own, and not charged again either.

import type { ChargedLines } from '../core/charged-lines.ts';
import type { MeterReading } from '../core/protocol.ts';
import { isUsed, totalUsage, type UsageRun } from '../core/usage.ts';
import type { KnownAnswers } from '../ledger/known-answers.ts';
import { normalPath } from '../protocols/normal-path.ts';
import type { Call } from './call.ts';

type Asked = Pick<Call, 'method' | 'path' | 'isWebSocket' | 'startedAtMs'>;

/** Of the answers that a session has paid, in the list of what was charged. */
const IN_SESSION = 'session';

/** Null where it says of no usage and takes no charge: the one that does may still come. */
export function keyOfUsage({ billingKey }: MeterReading, runs: readonly UsageRun[]): string | null {
  return isUsed(totalUsage(runs)) ? billingKey : null;
}

/** `key` is that of the answer, `response:ID`; `known` are those of this process. Null: it is charged by itself. */
export function billingKeyOf(
  call: Asked,
  key: string | null,
  known: KnownAnswers,
  nowMs: number,
): string | null {
  if (key === null) return null;
  const isMade = makesAnswer(call, key);
  const before = known.add(key, isMade ? null : nowMs);
  if (before === null || !isMade) return key;
  const wasFetchedMeanwhile = before.fetchedAtMs !== null && before.fetchedAtMs >= call.startedAtMs;
  return wasFetchedMeanwhile ? key : null;
}

/** A session has paid for it: it is free for whoever fetches it. */
export function paidInSession(responseId: string, charged: ChargedLines): void {
  const results = resultsOf(`response:${responseId}`);
  if (charged.take(results, IN_SESSION)) charged.write(results, [IN_SESSION]);
}

/** The reading without what others pay: who made it, in a session or at once, or who fetches it when it is done. */
export function unpaidReading(
  call: Asked & Pick<Call, 'endpoint'>,
  told: MeterReading,
  charged: ChargedLines,
): MeterReading {
  const isKept = call.endpoint.charge === 'nothing' && told.wasGivenAtOnce;
  const reading = isKept || told.isDeferred ? { ...told, ...NOTHING_STATED } : told;
  const { billingKey: key, lines } = reading;
  if (key === null || lines !== null || makesAnswer(call, key)) return reading;
  if (!charged.has(resultsOf(key), IN_SESSION)) return reading;
  const unpaid = { ...reading, ...NOTHING_STATED };
  return { ...unpaid, runs: [], usageIsFinal: true, hasUnpricedParts: false, billingKey: null };
}

/** The cost that it states is that of its making. */
const NOTHING_STATED = { reportedCostNanoUsd: null, reportedIsCharge: false };

const resultsOf = (key: string): string => key.replace(/\s/g, '_');

/** Who fetches an answer, or ends it, names it. */
function makesAnswer({ method, path, isWebSocket }: Asked, key: string): boolean {
  const id = key.slice(key.indexOf(':') + 1);
  const parts = normalPath(path).split('/');
  return isWebSocket || (method === 'POST' && !parts.some((part) => `${part}:`.startsWith(`${id}:`)));
}
