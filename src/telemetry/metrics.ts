// Counters, gauges and histograms in memory: what they hold, apart from how a scraper wants to read it.

export type LabelValues = readonly string[];

export interface Sample {
  /** What the family's name is followed by: `_total`, `_bucket`, or nothing. */
  readonly suffix: string;
  /** Values of the family's labels, in their order. */
  readonly labels: LabelValues;
  /** The upper bound of a histogram's bucket; null elsewhere. */
  readonly upTo: number | null;
  readonly value: number;
}

export interface Family {
  /** Without a counter's `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labelNames: readonly string[];
  samples(): Iterable<Sample>;
}

export interface FamilyOptions {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** No label value contains it: it parts those of a series in its key. */
const SEPARATOR = '\u0000';
/** Each label is bounded, their combinations are not: what comes after so many is counted together. */
const SERIES_MAX = 5000;
const OTHER = 'other';

/** The series of one family, by their labels' values. */
class SeriesMap<T extends { readonly labels: LabelValues }> {
  readonly #series = new Map<string, T>();
  readonly #open: (labels: LabelValues) => T;

  constructor(open: (labels: LabelValues) => T) {
    this.#open = open;
  }

  of(labels: LabelValues): T {
    const key = labels.length === 1 ? (labels[0] as string) : labels.join(SEPARATOR);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const isOther = labels.every((label) => label === OTHER);
    if (this.#series.size >= SERIES_MAX && !isOther) return this.of(labels.map(() => OTHER));
    const series = this.#open(labels);
    this.#series.set(key, series);
    return series;
  }

  all(): Iterable<T> {
    return this.#series.values();
  }
}

export class CounterSeries {
  readonly labels: LabelValues;
  #value = 0;

  constructor(labels: LabelValues) {
    this.labels = labels;
  }

  get value(): number {
    return this.#value;
  }

  add(amount: number): void {
    if (amount < 0) throw new RangeError(`a counter cannot go down by ${-amount}`);
    this.#value += amount;
  }
}

export class HistogramSeries {
  readonly labels: LabelValues;
  readonly #bounds: readonly number[];
  /** One more than there are bounds. */
  readonly counts: number[];
  #sum = 0;

  constructor(labels: LabelValues, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  get sum(): number {
    return this.#sum;
  }

  observe(value: number): void {
    let index = 0;
    while (index < this.#bounds.length && value > (this.#bounds[index] as number)) index += 1;
    this.counts[index] = (this.counts[index] as number) + 1;
    this.#sum += value;
  }
}

export class Counter implements Family {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly #series = new SeriesMap((labels) => new CounterSeries(labels));
  /** What a unit of what is added is worth: nano-dollars are added, dollars are shown. */
  readonly #unit: number;

  constructor({ name, help, labels = [], unit = 1 }: FamilyOptions & { readonly unit?: number }) {
    this.name = name;
    this.help = help;
    this.labelNames = labels;
    this.#unit = unit;
    // Without labels there is one series, from the start: nothing has happened yet, which is a figure.
    if (labels.length === 0) this.add(0);
  }

  add(amount: number, ...labels: LabelValues): void {
    this.of(labels).add(amount);
  }

  /** One series, for whoever adds to it often. */
  of(labels: LabelValues): CounterSeries {
    return this.#series.of(labels);
  }

  *samples(): Iterable<Sample> {
    for (const { labels, value } of this.#series.all())
      yield { suffix: '_total', labels, upTo: null, value: value / this.#unit };
  }
}

export class Histogram implements Family {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly #series: SeriesMap<HistogramSeries>;
  readonly #bounds: readonly number[];

  /** `bounds` ascend; what is beyond the last is counted as well. */
  constructor({ name, help, labels = [], bounds }: FamilyOptions & { readonly bounds: readonly number[] }) {
    this.name = name;
    this.help = help;
    this.labelNames = labels;
    this.#series = new SeriesMap((values) => new HistogramSeries(values, bounds));
    this.#bounds = bounds;
  }

  observe(value: number, ...labels: LabelValues): void {
    this.of(labels).observe(value);
  }

  /** One series, for whoever adds to it often. */
  of(labels: LabelValues): HistogramSeries {
    return this.#series.of(labels);
  }

  *samples(): Iterable<Sample> {
    for (const { labels, counts, sum } of this.#series.all()) {
      let count = 0;
      for (const [index, inBucket] of counts.entries()) {
        count += inBucket;
        const upTo = this.#bounds[index] ?? Number.POSITIVE_INFINITY;
        yield { suffix: '_bucket', labels, upTo, value: count };
      }
      yield { suffix: '_sum', labels, upTo: null, value: sum };
      yield { suffix: '_count', labels, upTo: null, value: count };
    }
  }
}

/** Read when it is scraped: by its labels' values, what is the case now. A counter that somebody else counts, too. */
export function readFamily(
  type: 'gauge' | 'counter',
  { name, help, labels = [] }: FamilyOptions,
  read: () => Iterable<readonly [labels: LabelValues, value: number]>,
): Family {
  return {
    name,
    type,
    help,
    labelNames: labels,
    *samples() {
      for (const [values, value] of read())
        yield { suffix: type === 'counter' ? '_total' : '', labels: values, upTo: null, value };
    },
  };
}

/** `from`, then each the `factor`-fold of the one before. */
export function exponentialBounds(from: number, factor: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => Number((from * factor ** index).toPrecision(12)));
}
