// The tables of the store, as its own statements make them.

import { type Token, tokensOf } from '../../src/storage/oracle/tokens.ts';
import { columnsIn } from './word-rules.ts';

export interface Column {
  /** In Oracle's words, small. */
  readonly type: string;
  readonly isNeeded: boolean;
}

/** Tables by name, with their columns by name. */
export type Tables = ReadonlyMap<string, ReadonlyMap<string, Column>>;

/** A name in small letters, without its quotes. */
export const plainName = ({ text }: Token): string => text.replaceAll('"', '').toLowerCase();

export function tablesOf(statements: Iterable<string>): Tables {
  const tables = new Map<string, Map<string, Column>>();
  for (const sql of statements) {
    const tokens = tokensOf(sql);
    const at = tokens.findIndex(({ text }, index) => index < 5 && text.toUpperCase() === 'TABLE');
    if (at === -1) continue;
    const name = tokens.slice(at + 1).find(({ text }) => !/^(?:if|not|exists)$/i.test(text));
    if (name === undefined) continue;
    const table = tables.get(plainName(name)) ?? new Map<string, Column>();
    tables.set(plainName(name), table);
    for (const [column, ...rest] of columnsIn(tokens)) {
      if (column === undefined) continue;
      const words = rest.map(({ text }) => text.toUpperCase());
      const isKey = words.includes('PRIMARY');
      const isNeeded =
        (isKey || (words.includes('NOT') && words.includes('NULL'))) && !words.includes('DEFAULT');
      table.set(plainName(column), {
        type: rest
          .map(({ text }) => text)
          .join(' ')
          .toLowerCase(),
        isNeeded,
      });
    }
  }
  return tables;
}
