// Money that is set aside for a whole run before its first request leaves. A request of the run takes what it reserves
// out of it, so that nothing that comes between can leave the run half done; what is left is free again when the run
// ends. The ledger alone moves the sums.

import type { NanoUsd } from '../core/money.ts';
import type { ReserveAnswer, ReserveRequest } from './ledger-questions.ts';
import type { BudgetRefusal } from './refusal.ts';
import type { Reservation } from './reservation.ts';
import type { RequestFacets } from './scope-matcher.ts';

/** The ledger's. */
interface Till {
  reserve(request: ReserveRequest): ReserveAnswer;
  settle(reservation: Reservation, cost: NanoUsd | null): void;
}

export class Holds {
  /** By the session of the run's requests: a reservation for each model. */
  readonly #runs = new Map<string, readonly Reservation[]>();

  /** All of it, or nothing and why. */
  hold(till: Till, session: string, requests: readonly ReserveRequest[]): BudgetRefusal | null {
    if (this.#runs.has(session)) throw new RangeError(`the run ${session} holds money already`);
    const held: Reservation[] = [];
    for (const request of requests) {
      const { reservation, refusal } = till.reserve(request);
      if (refusal !== null) {
        for (const each of held) till.settle(each, 0);
        return refusal;
      }
      held.push(reservation);
    }
    this.#runs.set(session, held);
    return null;
  }

  /** What was left is free again. */
  release(till: Till, session: string): NanoUsd {
    const held = this.#runs.get(session) ?? [];
    this.#runs.delete(session);
    const left = held.reduce((sum, { reservedNanoUsd }) => sum + reservedNanoUsd, 0);
    for (const each of held) till.settle(each, 0);
    return left;
  }

  /** What such a request may take out of; null where nothing is held for it. */
  of({ session, model }: RequestFacets): Reservation | null {
    if (this.#runs.size === 0 || session == null) return null;
    return this.#runs.get(session)?.find((each) => each.facets.model === model) ?? null;
  }

  /** Frees so much of what is held as the request may take, and says how much that is. */
  lendTo({ facets, worstCostNanoUsd }: ReserveRequest): NanoUsd {
    const hold = this.of(facets);
    if (hold === null) return 0;
    const amount = Math.min(hold.reservedNanoUsd, worstCostNanoUsd ?? 0);
    move(hold, -amount);
    return amount;
  }

  /** It was refused all the same. */
  takeBack({ facets }: ReserveRequest, amount: NanoUsd): void {
    const hold = this.of(facets);
    if (hold !== null) move(hold, amount);
  }

  leftOf(session: string): NanoUsd {
    const held = this.#runs.get(session) ?? [];
    return held.reduce((sum, { reservedNanoUsd }) => sum + reservedNanoUsd, 0);
  }
}

function move(hold: Reservation, amount: NanoUsd): void {
  hold.reservedNanoUsd += amount;
  for (const period of hold.sums) period.reservedNanoUsd += amount;
}
