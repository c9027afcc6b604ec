// Tells a budget's ticket how far a stream is: now and then while it arrives, and by the clock while it does not.

import type { Framing } from '../../core/protocol.ts';
import type { BudgetTicket } from '../../ledger/budget-ticket.ts';
import { RunningText } from '../../protocols/running-text.ts';
import { type Guarded, guard } from '../guard.ts';
import type { HeldFlow } from './held-flow.ts';

/** What arrives is read together: it costs a fraction then. */
const UNREAD_BYTES_MAX = 2 * 1024;
const LOOK_MS = 250;

export class StreamFollower {
  readonly #ticket: BudgetTicket;
  readonly #flow: HeldFlow;
  readonly #text = new RunningText();
  readonly #timer: NodeJS.Timeout | null;
  #hasBegun = false;
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;

  /** What it follows, and holds up where the ticket has to count first. A fault in a look is the fault of `guarded`. */
  constructor(ticket: BudgetTicket, flow: HeldFlow, guarded: Guarded) {
    this.#ticket = ticket;
    this.#flow = flow;
    const look = guard(guarded, () => this.#look());
    this.#timer = ticket.endsInTime ? setInterval(look, LOOK_MS) : null;
    this.#timer?.unref();
    ticket.onCounted = look;
  }

  /** How its events are told apart; an answer of another kind than was asked for counts by its bytes. */
  expect(framing: Framing | null): void {
    this.#text.framing = framing;
  }

  /** The first bytes are looked at for themselves: they may say who answers. */
  push(bytes: Uint8Array): void {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    if (this.#hasBegun && this.#unreadBytes < UNREAD_BYTES_MAX) return;
    this.#hasBegun = true;
    this.#look();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#ticket.onCounted = null;
    this.#flow.release();
  }

  #look(): void {
    const unread = this.#unread;
    this.#unread = [];
    this.#unreadBytes = 0;
    for (const bytes of unread) this.#text.push(bytes);
    if (this.#ticket.progress(this.#text)) this.#flow.release();
    else this.#flow.hold();
  }
}
