// What decoders keep together of what they have told, and turns for those that do not tell at once what they make: brotli
// fills its window, of up to 16 MB, before it says a word, and a few bytes may fill it.

import { HeldRoom } from './held-room.ts';

/** No more than that many windows are unknown; Node.js decodes no more at a time. */
const TURNS_MAX = 4;

export class DecodingRoom extends HeldRoom {
  #turns = TURNS_MAX;
  #waiting: (() => void)[] = [];

  /** Calls `begin` when it is its turn, at once or later: it must end, once. */
  takeTurn(begin: () => void): void {
    if (this.#turns === 0) {
      this.#waiting.push(begin);
      return;
    }
    this.#turns -= 1;
    begin();
  }

  endTurn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#turns += 1;
    else next();
  }
}
