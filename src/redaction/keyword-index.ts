// Where keywords stand in a text, found by one native expression without a quantifier: linear, whatever the text.

export interface KeywordHit {
  readonly at: number;
  readonly keyword: string;
}

export class KeywordIndex {
  readonly #pattern: RegExp;
  /** By keyword: it and every other one that it begins with. */
  readonly #withPrefixes: ReadonlyMap<string, readonly string[]>;

  /** `keywords` in lower case. */
  constructor(keywords: readonly string[]) {
    const longestFirst = [...new Set(keywords)].sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(longestFirst.map((keyword) => RegExp.escape(keyword)).join('|'), 'gi');
    this.#withPrefixes = new Map(
      longestFirst.map((keyword) => [keyword, longestFirst.filter((other) => keyword.startsWith(other))]),
    );
  }

  test(text: string): boolean {
    this.#pattern.lastIndex = 0;
    return this.#pattern.test(text);
  }

  /** Overlapping ones too: `secret_token` holds `secret`, `secret_token` and `token`. */
  *hits(text: string): Generator<KeywordHit> {
    this.#pattern.lastIndex = 0;
    for (let match = this.#pattern.exec(text); match !== null; match = this.#pattern.exec(text)) {
      const at = match.index;
      for (const keyword of this.#withPrefixes.get(match[0].toLowerCase()) ?? []) yield { at, keyword };
      this.#pattern.lastIndex = at + 1;
    }
  }
}
