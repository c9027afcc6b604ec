// What the meters of documents, event streams and lines have in common: a reader behind them, whose faults cost a
// request's figures and nothing else, and the order of what comes while something large is parsed elsewhere.

import type { BodyMeter, LargeDocument, MeterReading, ParsedDocument } from '../../core/protocol.ts';
import { parseLarge } from '../json/large-document.ts';
import { type DocumentReader, EMPTY_READING } from './metering.ts';

/** What is done with a large document once it is parsed. */
type TakeLarge = (parsed: Pick<ParsedDocument, 'documents' | 'isWhole'>) => void;
const NOTHING = { documents: [], isWhole: false };

export abstract class ReaderMeter implements BodyMeter {
  protected readonly reader: DocumentReader;
  #faulty = false;
  #isOutlined = false;
  #large: LargeDocument | null = null;
  /** What came behind it, in order. */
  #later: (() => void)[] = [];

  constructor(reader: DocumentReader) {
    this.reader = reader;
  }

  abstract push(bytes: Uint8Array): void;
  abstract get heldBytes(): number;
  /** Reads what waits; nothing more comes. May be called again. */
  protected abstract finish(): void;
  /** Throws away what waits. */
  protected abstract drop(): void;

  large(hasEnded: boolean): LargeDocument | null {
    if (hasEnded && this.#large === null) this.guard(() => this.finish());
    return this.#large;
  }

  giveUp(): void {
    this.#large = null;
    this.#later = [];
    this.drop();
  }

  end(): MeterReading {
    let reading = EMPTY_READING;
    this.guard(() => {
      for (let large = this.large(true); large !== null; large = this.large(true)) parseHere(large);
      reading = this.reading();
    });
    return reading;
  }

  protected reading(): MeterReading {
    const reading = this.reader.reading();
    return this.#isOutlined ? { ...reading, hasUnpricedParts: true } : reading;
  }

  generatedText(): string {
    return this.reader.generatedText();
  }

  /** True while something large is to be parsed first. */
  protected get isWaiting(): boolean {
    return this.#large !== null;
  }

  /** Once everything before it was read. */
  protected later(work: () => void): void {
    this.#later.push(work);
  }

  /** Leaves it to be parsed elsewhere; `take` may be called much later. */
  protected leave(pieces: readonly Uint8Array[], take: TakeLarge): void {
    const { needsOutlineOnly = false } = this.reader;
    this.#large = {
      pieces,
      needsOutlineOnly,
      take: (parsed) => {
        if (this.#large === null) return;
        this.#large = null;
        this.#isOutlined ||= parsed?.isOutline ?? true;
        this.guard(() => take(parsed ?? NOTHING));
        this.#goOn();
      },
    };
  }

  /** What does not ask to be parsed elsewhere. */
  protected parseHere(): void {
    if (this.#large !== null) parseHere(this.#large);
  }

  /** A fault in reading costs this request's figures, and nothing else. */
  protected guard(work: () => void): void {
    if (this.#faulty) return;
    try {
      work();
    } catch {
      this.#faulty = true;
    }
  }

  #goOn(): void {
    const later = this.#later;
    this.#later = [];
    let done = 0;
    for (; done < later.length && this.#large === null; done += 1) this.guard(later[done]!);
    if (done < later.length) this.#later = later.slice(done);
  }
}

function parseHere({ pieces, needsOutlineOnly, take }: LargeDocument): void {
  take(parseLarge(Buffer.concat(pieces), needsOutlineOnly) satisfies ParsedDocument);
}
