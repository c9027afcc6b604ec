// Tells a budget's ticket how far a stream is: now and then while it arrives, and by the clock while it does not.

import type { Framing } from '../../core/protocol.ts';
import type { BudgetTicket } from '../../ledger/budget-ticket.ts';
import { RunningText } from '../../protocols/tokens/running-text.ts';
import { type Guarded, guard } from '../guard.ts';
import { type HeldFlow, PART_BYTES } from './held-flow.ts';
import type { TapFollower } from './meter-tap.ts';

/** A stream that has not said by then who answers will not. */
const BEGINNING_BYTES = 4 * 1024;
const LOOK_MS = 250;

/** Of a budget's ticket what a stream has to do with. */
export type StreamTicket = Pick<BudgetTicket, 'endsInTime' | 'onCounted' | 'progress'>;

export class StreamFollower implements TapFollower {
  readonly #ticket: StreamTicket;
  readonly #flow: HeldFlow;
  readonly #text = new RunningText();
  readonly #timer: NodeJS.Timeout | null;
  readonly #guardedLook: () => void;
  /** Whether it was told who answers, as far as that is told. */
  #knowsWho = false;
  #seenBytes = 0;
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  /** What has passed is not read yet. */
  #isWaiting = false;
  #isPlain = true;
  #hasStopped = false;

  /** What it follows, and holds up where the ticket has to count first. A fault in a look is the fault of `guarded`. */
  constructor(ticket: StreamTicket, flow: HeldFlow, guarded: Guarded) {
    this.#ticket = ticket;
    this.#flow = flow;
    const look = guard(guarded, () => this.#look());
    this.#guardedLook = look;
    this.#timer = ticket.endsInTime ? setInterval(look, LOOK_MS) : null;
    this.#timer?.unref();
    ticket.onCounted = look;
  }

  /** How its events are told apart; an answer of another kind than was asked for counts by its bytes. */
  expect(framing: Framing | null): void {
    this.#text.framing = framing;
  }

  /** The beginning is looked at piece by piece: it says who answers. What comes then is read together, at a fraction. */
  push(bytes: Uint8Array): void {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    this.#seenBytes += bytes.length;
    if (!this.#knowsWho || this.#unreadBytes >= PART_BYTES) this.#look();
    // However it arrives, no more than a part passes between two looks.
    else if (this.#isPlain) this.#flow.partBytes = PART_BYTES - this.#unreadBytes;
  }

  /** Nothing more passes until it is caught up with. */
  waits(): void {
    this.#isPlain = false;
    this.#isWaiting = !this.#hasStopped;
    if (this.#isWaiting) this.#flow.hold();
  }

  caughtUp(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#guardedLook();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#ticket.onCounted = null;
    this.#hasStopped = true;
    this.#isWaiting = false;
    this.#flow.release();
  }

  #look(): void {
    const unread = this.#unread;
    this.#unread = [];
    this.#unreadBytes = 0;
    for (const bytes of unread) this.#text.push(bytes);
    this.#knowsWho ||= this.#text.progress.model !== null || this.#seenBytes >= BEGINNING_BYTES;
    // What expands stays in small parts.
    if (this.#knowsWho && this.#isPlain) this.#flow.partBytes = PART_BYTES;
    if (this.#ticket.progress(this.#text) && !this.#isWaiting) this.#flow.release();
    else this.#flow.hold();
  }
}
