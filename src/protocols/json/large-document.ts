// Parses what is too large to be parsed while others wait. Made for a thread of its own, which hands over the result: so
// that this is cheap as well, long texts are cut.

import type { ParsedDocument } from '../../core/protocol.ts';
import { documentLines, parseAnswer, wholeElements } from './answer-json.ts';
import { asUtf8, withoutByteOrderMark } from './lenient-json.ts';
import { hasManyValues, outlineOf } from './outline.ts';

/** Larger documents, events and lines are for somebody else to parse. Below it, that takes a millisecond or two. */
export const LARGE_BYTES = 256 * 1024;
/** What is kept of an answer's texts together: as much as an estimate of their tokens looks at. */
const TEXT_CHARACTERS_MAX = 4 * 1024 * 1024;
const CUT: Cut = {
  charactersMax: TEXT_CHARACTERS_MAX,
  longestCharacters: Number.POSITIVE_INFINITY,
  keptCharacters: 1024,
};

/** What is kept of the texts in a document. */
export interface Cut {
  /** Of all together. */
  readonly charactersMax: number;
  /** A longer one takes nothing of that: its beginning is kept. */
  readonly longestCharacters: number;
  /** Of each for which there is no more room. */
  readonly keptCharacters: number;
}

/** What is too much even for another thread, and what asks for no more, is read in outline. */
export function parseLarge(body: Buffer, needsOutlineOnly: boolean): ParsedDocument {
  const bytes = asUtf8(body);
  if (needsOutlineOnly || hasManyValues(bytes)) {
    const outline = outlineOf(bytes);
    return { documents: outline === null ? [] : [outline], isWhole: true, isOutline: !needsOutlineOnly };
  }
  const text = withoutByteOrderMark(bytes.toString('utf8'));
  return { ...documentsIn(text), isOutline: false };
}

/** One document, one a line, or what is whole of a list. */
export function documentsIn(text: string): Pick<ParsedDocument, 'documents' | 'isWhole'> {
  const document = parseAnswer(text);
  if (document !== null) return { documents: [document], isWhole: true };
  const start = text.trimStart();
  // A stream in the form of a list, as Gemini's, that broke off.
  const isList = start.startsWith('[');
  const parts = isList ? wholeElements(text) : start.startsWith('{') ? [...documentLines(text)] : [];
  return { documents: parts.map(parseAnswer).filter((part) => part !== null), isWhole: !isList };
}

/** The same with long texts cut; what was parsed is changed. */
export function abridged(parsed: ParsedDocument): ParsedDocument {
  return { ...parsed, documents: shortened(parsed.documents, CUT) };
}

/** A parsed document with its long texts cut, in place: those that lie deepest first. */
export function shortened<Value>(
  document: Value,
  { charactersMax, longestCharacters, keptCharacters }: Cut,
): Value {
  let room = charactersMax;
  const cut = (text: string): string => {
    if (text.length > longestCharacters) return text.slice(0, keptCharacters);
    const kept = Math.min(text.length, Math.max(room, keptCharacters));
    room -= kept;
    return kept === text.length ? text : text.slice(0, kept);
  };
  if (typeof document === 'string') return cut(document) as Value;
  const found: unknown[] = [document];
  // The list grows while it is walked.
  for (const value of found) {
    if (typeof value !== 'object' || value === null) continue;
    const members = value as Record<string, unknown>;
    for (const name of Object.keys(members)) {
      const member = members[name];
      if (typeof member === 'string') members[name] = cut(member);
      else if (typeof member === 'object' && member !== null) found.push(member);
    }
  }
  return document;
}
