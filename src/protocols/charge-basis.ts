// What a request that has ended is charged by. Free is only what is known to be free.

import type { Charge, MeterReading } from '../core/protocol.ts';
import { allInputTokens, isUsed, type TokenUsage, totalUsage } from '../core/usage.ts';

/**
 * - `provider`: the provider's own figures
 * - `estimate`: what it read and wrote, counted here where the provider's figures are missing or cannot be right
 * - `nothing`: it cost nothing
 * - `unknown`: it may have cost something, and nothing tells how much
 * - `held`: the same, and as much as was set aside for it, as for a request whose process was killed
 */
export type ChargeBasis = 'provider' | 'estimate' | 'nothing' | 'unknown' | 'held';

export interface ChargeQuestion {
  readonly charge: Charge;
  /** Whether anything left for an upstream. */
  readonly sent: boolean;
  /** The upstream answered with an error's status: it did no work. */
  readonly isError: boolean;
  /** Until its time was over it said nothing: it may have worked all the while. */
  readonly wasSilent: boolean;
  readonly reading: MeterReading;
  /** Whether the answer holds any text. */
  readonly hasText: () => boolean;
}

export function chargeBasis(question: ChargeQuestion): ChargeBasis {
  const { charge, sent, isError, wasSilent, reading, hasText } = question;
  const { runs, usageIsFinal } = reading;
  if (wasSilent && sent && charge !== 'nothing') return 'held';
  // What is kept was charged to the request that made it, wherever that went, however it ended.
  if (charge === 'nothing' && reading.wasGivenAtOnce) return 'nothing';
  const isTold = usageIsFinal && runs.length > 0;
  const usage = totalUsage(runs);
  if (isTold && (charge !== 'text' || isPlausible(usage, hasText))) return 'provider';
  if (!sent || isError || charge === 'nothing' || reading.isDeferred) return 'nothing';
  // An error inside a 200 came before any work was done, where it tells of none.
  if (reading.errorCode !== null && !(isTold && isUsed(usage)) && !hasText()) return 'nothing';
  // A session or a file that holds no usage was read to its end.
  if (usageIsFinal && runs.length === 0) return reading.hasUnpricedParts ? 'unknown' : 'nothing';
  return charge === 'text' ? 'estimate' : 'unknown';
}

/** A model that answers has read something; one whose answer has words has written some. */
function isPlausible(usage: TokenUsage, hasText: () => boolean): boolean {
  return allInputTokens(usage) > 0 && (usage.outputTokens > 0 || !hasText());
}
