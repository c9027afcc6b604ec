// Identical requests that run at the same time share one upstream call: the first leads, the others follow it. A
// follower gets an event stream from its start while it arrives, or the whole answer when it has landed.
//
// States of a flight: waiting (no bytes yet) → open (its stream may be read) → landed. A flight that outgrows its
// bound takes nobody in any more, and lets those go who wait for it whole.

import type { MeterReading } from '../core/protocol.ts';
import type { RequestEnd } from '../core/record.ts';
import type { CachedAnswer } from './ports.ts';
import type { Tape } from './tape.ts';

/** How the leader's call ended. */
export interface Landing {
  /** Null where it failed, or is not to be given to others. */
  readonly answer: CachedAnswer | null;
  readonly end: RequestEnd;
  readonly reading: MeterReading;
}

export interface OpenStream {
  readonly tape: Tape;
  /** False where it does not end with the usage, which some clients ask for. */
  readonly carriesUsage: boolean;
}

/** Each is told at most once. */
export interface Follower {
  opened(stream: OpenStream): void;
  /** The answer is too large to be kept: only who reads its stream already gets it. */
  outgrown(): void;
  landed(landing: Landing): void;
}

/** What the leader of a flight wants to know. */
export interface Leader {
  /** Somebody follows: the answer should keep flowing, however slowly the leader's own client reads. */
  followed(): void;
  /** The last follower left. */
  deserted(): void;
}

export class Flight {
  readonly #followers = new Set<Follower>();
  readonly #retire: () => void;
  #stream: OpenStream | null = null;
  leader: Leader | null = null;

  constructor(retire: () => void) {
    this.#retire = retire;
  }

  get isFollowed(): boolean {
    return this.#followers.size > 0;
  }

  /** Returns what ends following; to be called once, also after the landing. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    if (this.#stream !== null) follower.opened(this.#stream);
    this.leader?.followed();
    return () => {
      if (this.#followers.delete(follower) && !this.isFollowed) this.leader?.deserted();
    };
  }

  open(stream: OpenStream): void {
    this.#stream = stream;
    for (const follower of [...this.#followers]) follower.opened(stream);
  }

  outgrow(): void {
    this.#retire();
    for (const follower of [...this.#followers]) follower.outgrown();
  }

  /** It takes nobody in any more; who follows hears of its landing. */
  close(): void {
    this.#retire();
  }

  land(landing: Landing): void {
    this.#retire();
    this.leader = null;
    for (const follower of [...this.#followers]) follower.landed(landing);
  }
}

export class Flights {
  readonly #flights = new Map<string, Flight>();

  /** A new flight for the first of its key, who must `land` it, once; null where one is on its way. */
  lead(key: string): Flight | null {
    if (this.#flights.has(key)) return null;
    const flight = new Flight(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    this.#flights.set(key, flight);
    return flight;
  }

  find(key: string): Flight | null {
    return this.#flights.get(key) ?? null;
  }
}
