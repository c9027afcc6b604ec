// Most events of a stream are the one before with another text in one place. Such an event is known by what stands
// around that text, at a fifth of what it takes to parse it; every other is read as ever.

/** The longest that is remembered. */
const EVENT_CHARACTERS_MAX = 4096;
/** After so many of which none came again, no more are: what tells one from the next is in no place that is known. */
const VAIN_MAX = 8;
/** OpenAI fills events up to a length: a member of any text, which means nothing. */
const FILLING = 'obfuscation';
/** OpenAI's Responses count their events. */
const COUNT = 'sequence_number';

/** What may be another in each event. */
interface Gap {
  readonly kind: 'text' | 'filling' | 'count';
  /** What stands before it, from the last one on. */
  readonly before: string;
}

/** What is the same each time. */
interface Frame {
  readonly gaps: readonly Gap[];
  /** Behind the last gap. */
  readonly after: string;
}

export class RepeatedEvent {
  #frame: Frame | null = null;
  #inVain = 0;
  #text = '';

  /** Of the event that was found last. */
  get text(): string {
    return this.#text;
  }

  /** `event` as it stands in the stream, up to its blank line; `member` is the one whose text may be another next time. */
  remember(event: string, member: string): void {
    if (this.#inVain === VAIN_MAX || event.length > EVENT_CHARACTERS_MAX) return;
    const frame = frameOf(event, member);
    if (frame === null || (this.#frame !== null && areAlike(frame, this.#frame))) return;
    this.#inVain += 1;
    this.#frame = frame;
  }

  /** To be called for an event that says more than a text: what the remembered one says beside its text is news again. */
  forget(): void {
    this.#frame = null;
  }

  /** Where the event that begins at `start` ends, where it is the remembered one; -1 for any other. */
  endIn(stream: string, start: number): number {
    const frame = this.#frame;
    if (frame === null) return -1;
    let at = start;
    let found = '';
    for (const { kind, before } of frame.gaps) {
      if (!standsAt(stream, at, before)) return -1;
      const begin = at + before.length;
      at = kind === 'count' ? endOfCount(stream, begin) : endOfText(stream, begin);
      if (at === -1) return -1;
      if (kind === 'text') found = stream.slice(begin, at);
    }
    if (!standsAt(stream, at, frame.after)) return -1;
    this.#text = found;
    this.#inVain = 0;
    return at + frame.after.length;
  }
}

function areAlike(one: Frame, another: Frame): boolean {
  return (
    one.after === another.after &&
    one.gaps.length === another.gaps.length &&
    one.gaps.every(
      ({ kind, before }, index) =>
        kind === another.gaps[index]?.kind && before === another.gaps[index].before,
    )
  );
}

/** Of a value in an event; of a text without its quotes. */
interface Place {
  readonly kind: Gap['kind'];
  readonly start: number;
  readonly end: number;
}

/** Null where the member's text is not plain. */
function frameOf(event: string, member: string): Frame | null {
  const text = placeOf(event, member, 'text');
  if (text === null) return null;
  const others = [placeOf(event, FILLING, 'filling'), placeOf(event, COUNT, 'count')];
  const places = [text, ...others.filter((place) => place !== null)].sort((a, b) => a.start - b.start);
  const gaps = places.map(({ kind, start }, index) => ({
    kind,
    before: event.slice(places[index - 1]?.end ?? 0, start),
  }));
  return { gaps, after: event.slice(places.at(-1)?.end) };
}

/** Where the value of the only member of that name stands; null where it is none of that kind, or not plain. */
function placeOf(event: string, member: string, kind: Gap['kind']): Place | null {
  const name = `"${member}"`;
  const at = event.indexOf(name);
  if (at === -1 || event.includes(name, at + 1)) return null;
  VALUE_BEGIN.lastIndex = at + name.length;
  if (!VALUE_BEGIN.test(event)) return null;
  const isCount = kind === 'count';
  if (isCount === (event[VALUE_BEGIN.lastIndex] === '"')) return null;
  const start = VALUE_BEGIN.lastIndex + (isCount ? 0 : 1);
  const end = isCount ? endOfCount(event, start) : endOfText(event, start);
  return end === -1 ? null : { kind, start, end };
}

const VALUE_BEGIN = /\s*:\s*/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const [DIGIT_0, DIGIT_9] = [0x30, 0x39];

/** As `startsWith`, at a fifth of its time: V8 compares two strings by words, and a string with a part of another by characters. */
const standsAt = (stream: string, at: number, text: string): boolean =>
  stream.slice(at, at + text.length) === text;

/** Its closing quote; -1 for a text that says something else than it spells, or that no JSON may have. */
function endOfText(stream: string, start: number): number {
  for (let at = start; at < stream.length; at += 1) {
    const code = stream.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH || code < FIRST_PRINTABLE) return -1;
  }
  return -1;
}

/** Behind its last digit; -1 where there is no whole number as JSON has them. What must follow it is the caller's to see. */
function endOfCount(stream: string, start: number): number {
  let end = start;
  while (stream.charCodeAt(end) >= DIGIT_0 && stream.charCodeAt(end) <= DIGIT_9) end += 1;
  const hasZeroBefore = end > start + 1 && stream.charCodeAt(start) === DIGIT_0;
  return end === start || hasZeroBefore ? -1 : end;
}
