// A row of TokenWatch's own table, which mends what the catalogue has wrong or not at all.

import type { RateClass } from '../rates.ts';
import type { PriceRowInput } from '../row-rates.ts';

export interface MendedRow {
  /** The catalogue's id of the seller, or one of our own (`dashscope`). */
  readonly seller: string;
  /** Names as the seller writes them; any spelling of them finds the row. */
  readonly models: readonly string[];
  /** Where the seller publishes the price. */
  readonly page: string;
  /** The day on which the page said so. */
  readonly readOn: string;
  /** The first day (UTC) on which it holds: before that the catalogue's prices stay. Always, where it is left out. */
  readonly since?: string;
  /** Only what is named here changes; the rest stays as the catalogue has it. */
  readonly isPatch?: true;
  readonly prices: PriceRowInput;
  /** Holds at the seller's own address, where the name leads to another model; elsewhere it may be what it says. */
  readonly isRedirect?: true;
  /** Of a patch: classes that cost so many times what another one does, at each length and in each period. */
  readonly alike?: Partial<Record<RateClass, readonly [other: RateClass, times: number]>>;
  /** A whole request whose input is longer pays these. */
  readonly above?: readonly (readonly [inputTokens: number, prices: PriceRowInput])[];
  /** Hours of the day (UTC) with prices of their own. */
  readonly hours?: readonly { readonly from: string; readonly to: string; readonly prices: PriceRowInput }[];
}
