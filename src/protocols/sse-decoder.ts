// Parses server-sent events incrementally, whatever the cuts, as the HTML standard's event stream says:
// CR, LF or CRLF, comments, several data lines, a byte order mark, and here a last event without its blank line.

/** Bytes of one unfinished line, or of one event's data, that are kept. A larger event is skipped. */
const EVENT_BYTES_MAX = 32 * 1024 * 1024;

const CR = 0x0d;
const LF = 0x0a;

export class SseDecoder {
  readonly #onData: (data: string) => void;
  #line: Uint8Array[] = [];
  #lineBytes = 0;
  #data: string[] = [];
  #dataCharacters = 0;
  #skipping = false;
  #afterCr = false;
  #atStart = true;

  /** `onData` gets each event's data, its lines joined by a line feed. Events without data are left out. */
  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  push(bytes: Uint8Array): void {
    let start = 0;
    if (this.#afterCr && bytes.length > 0) {
      if (bytes[0] === LF) start = 1;
      this.#afterCr = false;
    }
    let nextCr = bytes.indexOf(CR, start);
    let nextLf = bytes.indexOf(LF, start);
    while (nextCr !== -1 || nextLf !== -1) {
      const endsWithCr = nextCr !== -1 && (nextLf === -1 || nextCr < nextLf);
      const end = endsWithCr ? nextCr : nextLf;
      this.#finishLine(bytes.subarray(start, end));
      start = end + 1;
      if (endsWithCr) {
        if (start === bytes.length) this.#afterCr = true;
        else if (bytes[start] === LF) start += 1;
        nextCr = bytes.indexOf(CR, start);
      }
      if (nextLf !== -1 && nextLf < start) nextLf = bytes.indexOf(LF, start);
    }
    if (start < bytes.length) this.#keep(bytes.subarray(start));
  }

  /** The stream ended: what stands there counts as a whole event. */
  flush(): void {
    if (this.#lineBytes > 0) this.#finishLine(new Uint8Array(0));
    this.#dispatch();
  }

  #keep(part: Uint8Array): void {
    this.#lineBytes += part.length;
    if (this.#lineBytes > EVENT_BYTES_MAX) {
      this.#line = [];
      this.#skipping = true;
    } else if (!this.#skipping) this.#line.push(Uint8Array.from(part));
  }

  #finishLine(tail: Uint8Array): void {
    if (this.#lineBytes === 0 && tail.length === 0) {
      this.#dispatch();
      return;
    }
    if (this.#skipping) {
      this.#line = [];
      this.#lineBytes = 0;
      return;
    }
    let text = decode(this.#line.length === 0 ? tail : Buffer.concat([...this.#line, tail]));
    this.#line = [];
    this.#lineBytes = 0;
    if (this.#atStart && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    this.#atStart = false;
    if (!text.startsWith('data')) return;
    if (text.length === 4) this.#data.push('');
    else if (text[4] === ':') this.#data.push(text.slice(text[5] === ' ' ? 6 : 5));
    this.#dataCharacters += text.length;
    if (this.#dataCharacters > EVENT_BYTES_MAX) this.#skipping = true;
  }

  #dispatch(): void {
    const data = this.#data;
    const skipped = this.#skipping;
    if (data.length > 0) this.#data = [];
    this.#dataCharacters = 0;
    this.#skipping = false;
    if (data.length > 0 && !skipped) this.#onData(data.length === 1 ? (data[0] as string) : data.join('\n'));
  }
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
