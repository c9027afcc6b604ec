// What is left of requests that are deleted because they are old: sums, by time, for reports and for budgets; and for a
// while their ids, so that none is taken in again.

export interface OldRows {
  /** A whole hour: sums of every kind have an end there. */
  readonly beforeMs: number;
  /** Where the call before has come to; 0 at first. */
  readonly fromMs: number;
  /** Names of A/B tests whose requests stay: their figures need each one. */
  readonly experiments: readonly string[];
  readonly nowMs: number;
}

export interface DeletedRows {
  readonly deleted: number;
  /** Where the next call goes on; null where nothing is left to delete. */
  readonly nextFromMs: number | null;
}

export interface RecordRetention {
  /**
   * Deletes some requests that began before and have ended, the oldest first: few enough that who writes meanwhile hardly
   * waits. What they cost stays with budgets and with reports.
   */
  deleteOld(rows: OldRows): Promise<DeletedRows>;
}

/** `OldRows.beforeMs` is a multiple of it. */
export const RETENTION_GRAIN_MS = 3_600_000;
/** So long a deleted request is known by its id and its billing key. Providers keep what can be fetched again 30 days. */
export const KNOWN_AFTER_MS = 100 * 24 * 3_600_000;

/** What is said where a list or a figure is of requests themselves and its span begins before the oldest that is left. */
export function deletedWords(rowsFromMs: number): string {
  const at = new Date(rowsFromMs).toISOString().slice(0, 16).replace('T', ' ');
  return `Requests from before ${at} UTC were deleted (TOKENWATCH_RECORD_RETENTION_DAYS): they are in totals only, not in this.`;
}
