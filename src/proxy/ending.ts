// How a request ended, before its usage is known for sure.

import type { FreshLines } from '../core/charged-lines.ts';
import type { JournalEntry } from '../core/journal.ts';
import type { MeterReading } from '../core/protocol.ts';
import type { Outcome } from '../core/record.ts';

export type EndOutcome = Exclude<Outcome, 'in_flight'>;

export interface Ending {
  readonly entry: JournalEntry;
  readonly outcome: EndOutcome;
  readonly reading: MeterReading;
  readonly errorCode: string | null;
  readonly latencyMs: number;
  /** It may have cost something that nothing tells. */
  readonly isUnknown: boolean;
  /** What was set aside for it is its cost, where something was. */
  readonly isHeld?: boolean;
  /** Of results: the lines that are charged with it. */
  readonly fresh: FreshLines | null;
}
