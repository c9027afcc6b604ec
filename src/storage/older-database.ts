// A database whose tables are of an earlier version, for whoever may not bring them up to date: all but a start, and the
// command that does nothing else.

import { TokenWatchError } from '../core/errors.ts';

/** `place`: for people. */
export function olderDatabase(place: string, version: number, latest: number): TokenWatchError {
  return new TokenWatchError(
    'database_older',
    `${place} is of version ${version}, that of an earlier TokenWatch; this one needs version ${latest}. Stop the servers that use it, keep a copy of it, and start this one, or run "tokenwatch upgrade-database": both bring it up to date (docs/upgrading.md).`,
  );
}
