// What a migration is made of, and the two widths of texts.

import { type Statement, statement } from './statement.ts';

/** A name that is compared and indexed: two of them fit in a key of an index, whatever their characters. */
export const NAME = 'VARCHAR2(600 CHAR)';
/** A text that is shown: 4,000 bytes hold it, whatever its characters. */
export const TEXT = 'VARCHAR2(1000 CHAR)';

export interface Step {
  readonly name: string;
  readonly statement: Statement;
  /** Where the database says one of these, the step is not needed, or `instead` does it. */
  readonly unless?: readonly number[];
  readonly instead?: Statement;
}

export type Migration = readonly Step[];

/** A step by its name. */
export const step = (name: string, sql: string): Step => ({ name, statement: statement(sql) });

const ORA_COLUMN_EXISTS = 1430;

/** A column that may be there already. */
export function added(name: string, sql: string): Step {
  return { ...step(name, sql), unless: [ORA_COLUMN_EXISTS] };
}
