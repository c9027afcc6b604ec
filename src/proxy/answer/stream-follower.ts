// Tells a budget's ticket how far a stream is: now and then while it arrives, and by the clock while it does not.

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
  #isEvents = true;
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

  /** An answer of another kind than was asked for counts by its bytes. */
  expect(contentType: string | null): void {
    this.#isEvents = contentType === null || contentType === 'text/event-stream';
  }

  push(bytes: Uint8Array): void {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    if (this.#unreadBytes >= UNREAD_BYTES_MAX) this.#look();
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
    for (const bytes of unread)
      if (this.#isEvents) this.#text.push(bytes);
      else this.#text.pushRaw(bytes);
    if (this.#ticket.progress(this.#text)) this.#flow.release();
    else this.#flow.hold();
  }
}
