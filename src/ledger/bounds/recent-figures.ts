// The last figures of each kind of request, and a high quantile of them: what to expect of the next one.

const REMEMBERED = 200;
const KINDS_MAX = 2_000;
/** With fewer figures, nothing is expected. */
const FIGURES_MIN = 20;
/** Of 200 figures, two were larger. */
const QUANTILE = 0.99;

export class RecentFigures {
  readonly #kinds = new Map<string, Figures>();

  add(kind: string, figure: number): void {
    let figures = this.#kinds.get(kind);
    if (figures === undefined) {
      // The kind that was started longest ago makes room; a busy one is learned again at once.
      if (this.#kinds.size >= KINDS_MAX) this.#kinds.delete(this.#kinds.keys().next().value ?? kind);
      figures = { recent: [], next: 0, quantile: null };
      this.#kinds.set(kind, figures);
    }
    figures.recent[figures.next] = figure;
    figures.next = (figures.next + 1) % REMEMBERED;
    figures.quantile = null;
  }

  /** Null while too little is known. */
  expected(kind: string): number | null {
    const figures = this.#kinds.get(kind);
    if (figures === undefined || figures.recent.length < FIGURES_MIN) return null;
    figures.quantile ??= quantileOf(figures.recent);
    return figures.quantile;
  }
}

interface Figures {
  readonly recent: number[];
  next: number;
  /** Computed when asked for, then kept until a figure arrives. */
  quantile: number | null;
}

function quantileOf(figures: readonly number[]): number {
  const sorted = Float64Array.from(figures).sort();
  return sorted[Math.ceil(sorted.length * QUANTILE) - 1] ?? 0;
}
