// What is said where a running server goes on without its database.

export interface Outage {
  readonly sinceMs: number;
  readonly reason: string;
}

export function outageWords(outage: Outage | null): string | null {
  if (outage === null) return null;
  return `The database does not answer since ${new Date(outage.sinceMs).toISOString()} (${outage.reason}).`;
}

/** For a change that is in force here, and that the database does not know yet. */
export function waitingWords(outage: Outage | null, isKept: boolean): string {
  const fault = outageWords(outage) ?? 'The database has not answered yet.';
  return isKept
    ? `${fault} This server goes by it already, also after a restart; other proxies do once the database answers.`
    : `${fault} This server goes by it already, but could not write it into its data folder: until it can, a restart forgets it.`;
}
