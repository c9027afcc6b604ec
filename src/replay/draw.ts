// Which of very many prompts a run takes: always the same ones, in an order that nobody chose. It holds twice as many as
// are wanted at the most, and sorts so many at a time: a server does this beside its traffic.

import { hash } from 'node:crypto';
import type { ItemFacts } from '../archive/ports.ts';

interface Ticket {
  readonly lot: string;
  readonly facts: ItemFacts;
}

const AT_LEAST = 100;

export class Draw {
  readonly #count: number;
  #tickets: Ticket[] = [];

  constructor(count = Number.POSITIVE_INFINITY) {
    this.#count = count;
  }

  add(facts: ItemFacts): void {
    this.#tickets.push({ lot: hash('sha256', facts.id), facts });
    if (this.#tickets.length >= 2 * this.#count + AT_LEAST) this.#cut();
  }

  /** In the order in which they were drawn. */
  drawn(): readonly ItemFacts[] {
    this.#cut();
    return this.#tickets.map(({ facts }) => facts);
  }

  #cut(): void {
    this.#tickets = this.#tickets.sort((one, other) => (one.lot < other.lot ? -1 : 1)).slice(0, this.#count);
  }
}
