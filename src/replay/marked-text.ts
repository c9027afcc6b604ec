// Texts of others in a question to a model, between marks that nobody who wrote them could know: what stands in them
// cannot end them, nor pass for a part of the question.

import { hash } from 'node:crypto';

/**
 * Names a text and puts it between marks, cut to so many characters. The marks are made of all that is asked with it.
 */
export function marking(parts: readonly unknown[]): (name: string, text: string, most: number) => string {
  const mark = hash('sha256', JSON.stringify(parts)).slice(0, 16);
  return (name, text, most) => `<${name} ${mark}>\n${text.slice(0, most)}\n</${name} ${mark}>`;
}
