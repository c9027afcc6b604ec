// What a store offers to whoever moves its contents: rows of a table a page at a time, and the other way round.

import type { TransferRow, TransferTable, TransferValue } from './tables.ts';

/** How many rows a table has, and its sums, as texts: no digit is lost. */
export interface TableFigures {
  readonly rows: number;
  readonly sums: Readonly<Record<string, string>>;
}

export interface TransferDesk {
  figures(table: TransferTable): Promise<TableFigures>;
  /** How many requests have not ended. */
  inFlight(): Promise<number>;
  /** The rows behind the one of these values, in the table's order; from the first one where that is null. */
  page(
    table: TransferTable,
    after: readonly TransferValue[] | null,
    limit: number,
  ): Promise<readonly TransferRow[]>;
  /**
   * All of the rows and the note, or nothing. The row of a table of one row is replaced; all others are new. A row of
   * `prompt_items` has `words` besides, which it is found by; null keeps it out of the index.
   */
  put(table: TransferTable, rows: readonly TransferRow[], note: string): Promise<void>;
  /** What the last move into this store noted; null where there was none. */
  note(): Promise<string | null>;
  /** The note alone, and with `empties` a store without rows in any table: all of it or nothing. */
  begin(note: string, empties: boolean): Promise<void>;
  /**
   * Ends the requests of this owner that are in flight, at what is reserved for them. Then whoever reads rules and
   * budgets is told that they have changed.
   */
  finish(interruptedOwner: string | null, note: string): Promise<void>;
}
