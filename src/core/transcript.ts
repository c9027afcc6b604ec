// What keeps a copy of a request and its answer for the archive, while they pass.

import type { HeldRoom } from './held-room.ts';
import type { Meter, ProtocolName, ResponseHead, StoredAnswer } from './protocol.ts';
import type { RequestEnd, RequestStart } from './record.ts';

export interface Transcript {
  /** Stands before the meter, which sees the same decoded bytes. A later answer replaces an earlier one. */
  watch(head: TranscriptHead, meter: Meter): Meter;
  /** The answer was not the upstream's: it was there already. */
  replayed(answer: StoredAnswer): void;
  /** The request has ended, however it did. To be called once. */
  settled(start: RequestStart, end: RequestEnd): void;
}

export interface TranscriptHead extends ResponseHead {
  /** In which the answer comes, and what its endpoint is read from. */
  readonly protocol: ProtocolName;
  readonly path: string;
  /** For what all copies of answers hold. */
  readonly room: HeldRoom;
}
