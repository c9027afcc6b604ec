// A report's question as a statement: its text in Oracle's words, and its parameters by number.

import { type Statement, statement } from './catalogue/statement.ts';
import { translated } from './dialect.ts';

/** Questions differ by their filters and by the shape of their span of time. */
const TEXTS_MAX = 500;

export interface ReportStatement {
  readonly statement: Statement;
  readonly given: Readonly<Record<string, string | number>>;
}

/** The types of parameters are those of their values: none of them is ever null. */
export function reportStatement(sql: string, values: readonly (string | number)[]): ReportStatement {
  const { sql: text, parameters } = translated(sql);
  if (parameters !== values.length)
    throw new RangeError(`${parameters} parameters are given ${values.length} values: ${sql.slice(0, 60)}`);
  return given(text, values);
}

/** The same, keeping the texts that were asked before. */
export function reportStatements(): typeof reportStatement {
  const known = new Map<string, string>();
  return (sql, values) => {
    const text = known.get(sql);
    if (text !== undefined) return given(text, values);
    if (known.size >= TEXTS_MAX) known.clear();
    const made = reportStatement(sql, values);
    known.set(sql, made.statement.sql);
    return made;
  };
}

function given(text: string, values: readonly (string | number)[]): ReportStatement {
  const named = values.map((value, index) => [`p${index + 1}`, value] as const);
  const binds = named.map(([name, value]) => [name, typeof value === 'number' ? 'number' : 'name'] as const);
  return { statement: statement(text, Object.fromEntries(binds)), given: Object.fromEntries(named) };
}
