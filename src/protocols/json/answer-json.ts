// Reads a document of an answer, or several, as servers write them: Python's `NaN` and `Infinity` count as null, and a
// line each is as good as an event each.

import { parseJson } from './json-value.ts';

/** Longer ones are read strictly: looking for words in them would keep others waiting. */
const LENIENT_CHARACTERS_MAX = 256 * 1024;
const HAS_WORD = /[[:,\s](?:NaN|-?Infinity)[\],}\s]/;
/** A text without an end goes to the end of all: each of its quotes would be tried as the beginning of one, otherwise. */
const TEXT_OR_WORD = /"[^"\\]*(?:\\[\s\S]?[^"\\]*)*(?:"|$)|-?\b(?:NaN|Infinity)\b/g;

/** Null for what is no JSON. */
export function parseAnswer(text: string): unknown {
  const strict = parseJson(text);
  if (strict !== null || text.length > LENIENT_CHARACTERS_MAX || !HAS_WORD.test(text)) return strict;
  return parseJson(text.replaceAll(TEXT_OR_WORD, (found) => (found.startsWith('"') ? found : 'null')));
}

/**
 * The data of one event, or of several where a server leaves out the blank lines between them: an event's data may have
 * several lines itself, but only as one document.
 */
export function eventsIn(data: string): readonly string[] {
  return data.includes('\n') && parseAnswer(data) === null ? [...documentLines(data)] : [data];
}

/** To find that a line is no document takes ten times as long as to read a short one: so many are looked at. */
const UNREAD_LINES_MAX = 500;

/** The lines that may be a document each, up to where it is clear that they are not. */
export function* documentLines(text: string): Generator<string> {
  let unread = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    if (unread === UNREAD_LINES_MAX) return;
    if (parseAnswer(line) === null) unread += 1;
    yield line;
  }
}

/** The elements of a list that has no end, as far as they are whole: objects and lists. */
export function wholeElements(list: string): readonly string[] {
  const elements: string[] = [];
  let [depth, start] = [0, 0];
  for (let at = 0; at < list.length; at += 1) {
    const character = list[at];
    if (character === '"') {
      at = endOfText(list, at + 1);
      if (at === -1) break;
    } else if (character === '[' || character === '{') {
      if (depth === 1) start = at;
      depth += 1;
    } else if (character === ']' || character === '}') {
      depth -= 1;
      if (depth === 1) elements.push(list.slice(start, at + 1));
    }
  }
  return elements;
}

/** Where the quote stands that ends a text; -1 where it has no end. */
function endOfText(json: string, start: number): number {
  for (let at = json.indexOf('"', start); at !== -1; at = json.indexOf('"', at + 1)) {
    let before = at - 1;
    while (before >= start && json[before] === '\\') before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
  return -1;
}
