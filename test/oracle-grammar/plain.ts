// A statement as the grammar needs to see it once: names that are known, binds, numbers and texts are all the same to a
// grammar, and so is a list of two and one of twenty. What is left of many statements is one.

import type { Token } from '../../src/storage/oracle/tokens.ts';

const SEPARATORS = [',', 'AND', 'OR', '+'];

/** `names` are those of tables, columns and what a statement calls them: none of them is a word of SQL. */
export function plain(tokens: readonly Token[], names: ReadonlySet<string>): readonly Token[] {
  const same = tokens.map((token): Token => {
    if (token.kind === 'bind') return { kind: 'bind', text: ':x' };
    if (token.kind === 'number') return { kind: 'number', text: '1' };
    if (token.kind === 'text') return { kind: 'text', text: "'x'" };
    const isName = token.kind === 'quoted' || (token.kind === 'name' && names.has(token.text));
    return isName ? { kind: 'name', text: 'x' } : token;
  });
  return SEPARATORS.reduce(withoutRepetition, same);
}

/** Of more than two of the same next to each other, two stay. */
function withoutRepetition(tokens: readonly Token[], separator: string): readonly Token[] {
  const out: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    out.push(tokens[at] as Token);
    if (tokens[at]?.text.toUpperCase() !== separator) continue;
    // `… a , a , a`: what stood between the last two separators stands before and behind them as well.
    const length = lengthOfItem(out, separator);
    if (length === null) continue;
    const item = textOf(out.slice(-1 - length, -1));
    const before = textOf(out.slice(-2 - 2 * length, -2 - length));
    const next = textOf(tokens.slice(at + 1, at + 1 + length));
    const isFollowed = tokens[at + 1 + length]?.text.toUpperCase() === separator;
    if (item === before && item === next && isFollowed) {
      out.splice(-1 - length, length + 1);
    }
  }
  return out;
}

/** How long the item before the last separator is, where another separator stands before it; null otherwise. */
function lengthOfItem(out: readonly Token[], separator: string): number | null {
  for (let length = 0; length < 40 && length + 2 <= out.length; length += 1)
    if (out[out.length - 2 - length]?.text.toUpperCase() === separator) return length;
  return null;
}

const textOf = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join(' ');
