// What a request that has ended is charged by. Free is only what is known to be free.

import type { Charge, MeterReading } from '../core/protocol.ts';

/**
 * - `provider`: the provider's own figures
 * - `estimate`: what it read and wrote, counted here
 * - `nothing`: it cost nothing
 * - `unknown`: it may have cost something, and nothing tells how much
 */
export type ChargeBasis = 'provider' | 'estimate' | 'nothing' | 'unknown';

export interface ChargeQuestion {
  readonly charge: Charge;
  /** Whether anything left for an upstream. */
  readonly sent: boolean;
  /** The upstream answered with an error's status: it did no work. */
  readonly isError: boolean;
  readonly reading: MeterReading;
}

export function chargeBasis({ charge, sent, isError, reading }: ChargeQuestion): ChargeBasis {
  if (reading.usageIsFinal && reading.runs.length > 0) return 'provider';
  if (!sent || isError || charge === 'nothing') return 'nothing';
  // A session or a file that holds no usage was read to its end.
  if (reading.usageIsFinal) return 'nothing';
  return charge === 'text' ? 'estimate' : 'unknown';
}
