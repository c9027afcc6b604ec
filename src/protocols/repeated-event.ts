// Most events of a stream are the one before with another text in one place. Such an event is known by what stands
// around that text, at a fifth of what it takes to parse it; every other is read as ever.

/** The longest that is remembered. */
const EVENT_CHARACTERS_MAX = 4096;
/** After so many of which none came again, no more are: there are streams that count their events. */
const VAIN_MAX = 8;
/** OpenAI fills events up to a length: a member of any text, which means nothing. */
const FILLING = 'obfuscation';

/** What is the same each time. */
interface Frame {
  readonly before: string;
  /** From the text to the filling; null where there is none. */
  readonly between: string | null;
  readonly after: string;
}

const PARTS = ['before', 'between', 'after'] as const;

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
    const text = placeOf(event, member);
    if (text === null) return;
    const frame = frameOf(event, text);
    const known = this.#frame;
    if (known !== null && PARTS.every((part) => known[part] === frame[part])) return;
    this.#inVain += 1;
    this.#frame = frame;
  }

  /** Where the event that begins at `start` ends, where it is the remembered one; -1 for any other. */
  endIn(stream: string, start: number): number {
    const frame = this.#frame;
    if (frame === null || !stream.startsWith(frame.before, start)) return -1;
    const begin = start + frame.before.length;
    const end = stream.indexOf('"', begin);
    if (end === -1) return -1;
    const rest = frame.between === null ? end : behindFilling(stream, end, frame.between);
    if (rest === -1 || !stream.startsWith(frame.after, rest)) return -1;
    const text = stream.slice(begin, end);
    if (!isPlain(text)) return -1;
    this.#text = text;
    this.#inVain = 0;
    return rest + frame.after.length;
  }
}

function frameOf(event: string, text: Place): Frame {
  const before = event.slice(0, text.start);
  const filling = placeOf(event, FILLING);
  if (filling === null || filling.start < text.end)
    return { before, between: null, after: event.slice(text.end) };
  return { before, between: event.slice(text.end, filling.start), after: event.slice(filling.end) };
}

function behindFilling(stream: string, start: number, between: string): number {
  if (!stream.startsWith(between, start)) return -1;
  const begin = start + between.length;
  const end = stream.indexOf('"', begin);
  return end === -1 || !isPlain(stream.slice(begin, end)) ? -1 : end;
}

/** Of a text in an event, without its quotes. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** Where the text of the only member of that name stands; null where it is not plain. */
function placeOf(event: string, member: string): Place | null {
  const name = `"${member}"`;
  const at = event.indexOf(name);
  if (at === -1 || event.includes(name, at + 1)) return null;
  VALUE_BEGIN.lastIndex = at + name.length;
  if (!VALUE_BEGIN.test(event)) return null;
  const start = VALUE_BEGIN.lastIndex;
  const end = event.indexOf('"', start);
  return end === -1 || !isPlain(event.slice(start, end)) ? null : { start, end };
}

const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;

/** False for a text that says something else than it spells, or that no JSON may have. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH || code < FIRST_PRINTABLE) return false;
  }
  return true;
}

const VALUE_BEGIN = /\s*:\s*"/y;
