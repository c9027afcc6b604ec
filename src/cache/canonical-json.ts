// Writes JSON text in one canonical form: names sorted, no whitespace, one spelling for each string and number.
// Works on the text, because a parsed value has lost what must not be lost: digits past a double's precision,
// and names that occur twice, of which different servers read different ones.

const DEPTH_MAX = 512;
/**
 * Values and names of members. More would keep others waiting: 20,000 take some 30 ms, and an agent's longest talk has
 * half of them.
 */
const PARTS_MAX = 20_000;
/** Decimals of up to this many digits map to doubles one to one. */
const EXACT_DIGITS = 15;
const SMALLEST_EXACT = 1e-290;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WHITESPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * The members of the object that `text` consists of, each value in canonical form. Null for what is no object,
 * no JSON, names a member twice at any depth, is nested too deep, or has too many parts.
 */
export function canonicalMembers(text: string): ReadonlyMap<string, string> | null {
  try {
    const scanner = new Scanner(text);
    const members = scanner.members(0);
    return scanner.isAtEnd() ? members : null;
  } catch (error) {
    if (error instanceof NotCanonical || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The items of the array that `text` consists of, each in canonical form. Null for what is no array. */
export function canonicalItems(text: string): readonly string[] | null {
  try {
    const scanner = new Scanner(text);
    const items = scanner.items(0);
    return scanner.isAtEnd() ? items : null;
  } catch (error) {
    if (error instanceof NotCanonical || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Members as one canonical object. */
export function canonicalObject(members: Iterable<readonly [string, string]>): string {
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${sorted.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}

/** As it is in its shortest form. */
const SHORTEST = /^(?:0|[1-9]\d{0,14})$/;

/** Whole numbers and fractions in their shortest form; what a double cannot hold exactly stays as it is written. */
export function canonicalNumber(source: string): string {
  if (SHORTEST.test(source)) return source;
  const value = Number(source);
  const mantissa = withoutEndZeros(
    source
      .replace(/[eE].*$/, '')
      .replace(/[-.]/g, '')
      .replace(/^0+/, ''),
  );
  if (mantissa === '') return '0';
  const isExact =
    mantissa.length <= EXACT_DIGITS && Number.isFinite(value) && Math.abs(value) >= SMALLEST_EXACT;
  return isExact ? String(value) : source;
}

/** By hand: a pattern would begin anew at each of a million zeros that are not at the end. */
function withoutEndZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}

class NotCanonical extends Error {}

class Scanner {
  readonly #text: string;
  #at = 0;
  #parts = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#skipWhitespace();
    return this.#at === this.#text.length;
  }

  members(depth: number): Map<string, string> {
    if (depth > DEPTH_MAX) throw new NotCanonical();
    const members = new Map<string, string>();
    this.#expect('{');
    if (this.#takes('}')) return members;
    do {
      this.#skipWhitespace();
      const name = this.#name();
      if (members.has(name)) throw new NotCanonical();
      this.#expect(':');
      members.set(name, this.#value(depth + 1));
    } while (this.#takes(','));
    this.#expect('}');
    return members;
  }

  #name(): string {
    this.#count();
    const source = this.#string();
    return source.includes('\\') ? (JSON.parse(source) as string) : source.slice(1, -1);
  }

  #value(depth: number): string {
    this.#count();
    this.#skipWhitespace();
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === '{') return canonicalObject(this.members(depth));
    if (first === '[') return `[${this.items(depth).join(',')}]`;
    if (first === 't') return this.#word('true');
    if (first === 'f') return this.#word('false');
    if (first === 'n') return this.#word('null');
    NUMBER.lastIndex = this.#at;
    const source = NUMBER.exec(this.#text)?.[0];
    if (source === undefined) throw new NotCanonical();
    this.#at += source.length;
    return canonicalNumber(source);
  }

  items(depth: number): string[] {
    if (depth > DEPTH_MAX) throw new NotCanonical();
    this.#expect('[');
    const items: string[] = [];
    if (this.#takes(']')) return items;
    do items.push(this.#value(depth + 1));
    while (this.#takes(','));
    this.#expect(']');
    return items;
  }

  #string(): string {
    const start = this.#at;
    if (this.#text[start] !== '"') throw new NotCanonical();
    let end = start;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end === -1) throw new NotCanonical();
    } while (this.#isEscaped(end));
    this.#at = end + 1;
    const source = this.#text.slice(start, this.#at);
    return source.includes('\\') ? JSON.stringify(JSON.parse(source)) : source;
  }

  #word(word: string): string {
    if (!this.#text.startsWith(word, this.#at)) throw new NotCanonical();
    this.#at += word.length;
    return word;
  }

  #count(): void {
    this.#parts += 1;
    if (this.#parts > PARTS_MAX) throw new NotCanonical();
  }

  #isEscaped(at: number): boolean {
    let backslashes = 0;
    while (this.#text[at - 1 - backslashes] === '\\') backslashes += 1;
    return backslashes % 2 === 1;
  }

  #expect(character: string): void {
    if (!this.#takes(character)) throw new NotCanonical();
  }

  #takes(character: string): boolean {
    this.#skipWhitespace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipWhitespace(): void {
    while (WHITESPACE.has(this.#text.charCodeAt(this.#at))) this.#at += 1;
  }
}
