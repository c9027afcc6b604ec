// Ends an answer at a text that was to stop it, where the model cannot be told to: what it writes beyond is not passed on.
// The text may come in pieces: what may be its beginning waits for what follows.

export class StopTexts {
  readonly #stops: readonly string[];
  #held = '';
  /** By which text the answer was ended; null as long as it was not. */
  found: string | null = null;

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** As much of the words as can be told. */
  take(words: string): string {
    if (this.#stops.length === 0) return words;
    if (this.found !== null) return '';
    const all = this.#held + words;
    let end = -1;
    for (const stop of this.#stops) {
      const at = all.indexOf(stop);
      if (at === -1 || (end !== -1 && at >= end)) continue;
      end = at;
      this.found = stop;
    }
    const told = end === -1 ? all.length - this.#beginningAtEnd(all) : end;
    this.#held = end === -1 ? all.slice(told) : '';
    return all.slice(0, told);
  }

  /** What waited, where no more words follow. */
  rest(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }

  /** How many of the last characters may begin a text that stops. */
  #beginningAtEnd(words: string): number {
    let longest = 0;
    for (const stop of this.#stops)
      for (let length = Math.min(stop.length - 1, words.length); length > longest; length -= 1)
        if (words.endsWith(stop.slice(0, length))) longest = length;
    return longest;
  }
}
