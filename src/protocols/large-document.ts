// Parses what is too large to be parsed while others wait. Made for a thread of its own, which hands over the result: so
// that this is cheap as well, long texts are cut.

import type { ParsedDocument } from '../core/protocol.ts';
import { documentLines, parseAnswer, wholeElements } from './answer-json.ts';
import { asUtf8, withoutByteOrderMark } from './lenient-json.ts';
import { hasManyValues, outlineOf } from './outline.ts';

/** Larger documents, events and lines are for somebody else to parse. Below it, that takes a millisecond or two. */
export const LARGE_BYTES = 256 * 1024;
/** What is kept of a document's texts together: as much as an estimate of their tokens looks at. */
const TEXT_CHARACTERS_MAX = 4 * 1024 * 1024;
/** What is kept of each text beyond that. */
const CUT_CHARACTERS = 1024;

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
  let room = TEXT_CHARACTERS_MAX;
  const cut = (text: string): string => {
    const kept = Math.min(text.length, Math.max(room, CUT_CHARACTERS));
    room -= kept;
    return kept === text.length ? text : text.slice(0, kept);
  };
  const documents: unknown[] = [...parsed.documents];
  const left: unknown[] = [documents];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    const members = value as Record<string, unknown>;
    for (const name of Object.keys(members)) {
      const member = members[name];
      if (typeof member === 'string') members[name] = cut(member);
      else if (typeof member === 'object' && member !== null) left.push(member);
    }
  }
  return { ...parsed, documents };
}
