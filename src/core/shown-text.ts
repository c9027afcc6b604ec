// Text of others as it may be shown on a terminal, in a log or as JSON: nothing in it commands a terminal, breaks or turns
// a line around, or is there without being seen.

import { randomUUID } from 'node:crypto';

/**
 * C0 but tabs and ends of lines, C1 and DEL, ends of lines that only some know, what turns text around, and whatever is
 * not drawn.
 */
const UNSEEN =
  /(?![\n\t])\p{Cc}|[\u2028\u2029\ufff9-\ufffb]|\p{Bidi_Control}|\p{Default_Ignorable_Code_Point}/gu;
/**
 * The same for text that people read, and C0. What chooses between two drawings of a character stays, and so does what
 * joins or parts letters and signs that are not ASCII: Persian and families of emoji need it.
 */
const IN_WORDS =
  /[\p{Cc}\u2028\u2029\ufff9-\ufffb]|\p{Bidi_Control}|(?<![^\0-\u007f])(?:\u200c|\u200d)|(?!\u200c|\u200d|\ufe0e|\ufe0f)\p{Default_Ignorable_Code_Point}/gu;
/** Stands around what we say to a terminal. Nobody outside knows it: strangers cannot write it into a text. */
const OURS = randomUUID();

/** What our own tables say to a terminal, such as bold: printed as it is, within text that is not. */
export const ofOurs = (sequence: string): string => (sequence === '' ? '' : OURS + sequence + OURS);

/** On one line. */
export function printable(text: string): string {
  return text.replace(IN_WORDS, '?');
}

/** JSON.stringify leaves all of that but for C0, which text that only begins as JSON may have. The value stays the same. */
export function plainJson(json: string): string {
  return json.replace(UNSEEN, (sign) =>
    [...Array(sign.length).keys()]
      .map((at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** What a command prints, JSON or words. */
export function plainText(text: string): string {
  // No table and no line of a table begins so.
  if (/^[[{]/.test(text)) return plainJson(text);
  return text
    .split(OURS)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[^\n\t]+/g, printable)))
    .join('');
}
