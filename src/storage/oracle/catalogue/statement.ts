// A statement as data: its text in Oracle's SQL, and the types of its binds. Nothing here knows a driver.

/**
 * `name` is compared and indexed, `text` is only shown, `long` is as long as it likes and only ever written by VALUES
 * or SET. `number` is exact, `float` is what JavaScript's numbers are: the least of them fit no NUMBER. `list` is a
 * JSON array of names or numbers that JSON_TABLE takes apart.
 */
export type BindType =
  | 'name'
  | 'text'
  | 'long'
  | 'list'
  | 'number'
  | 'float'
  | 'boolean'
  | 'json'
  | 'bytes'
  | 'vector';

export type BindTypes = Readonly<Record<string, BindType>>;

export interface Statement<Binds extends BindTypes = BindTypes> {
  readonly sql: string;
  /** By name, whole: a statement names no bind that is not here. */
  readonly binds: Binds;
}

export function statement<const Binds extends BindTypes = Readonly<Record<never, never>>>(
  sql: string,
  binds?: Binds,
): Statement<Binds> {
  return { sql: sql.trim(), binds: binds ?? ({} as Binds) };
}

/** The items of the list `bind`, as a table of one column, `item`. */
export const itemsOf = (bind: string): string =>
  `JSON_TABLE(:${bind}, '$[*]' COLUMNS (item VARCHAR2(2400 CHAR) PATH '$'))`;
