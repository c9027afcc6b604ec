// A database whose tables are of an earlier version, for whoever only looks at it.

import { TokenWatchError } from '../core/errors.ts';

/** `place`: for people. */
export function olderDatabase(place: string, version: number, latest: number): TokenWatchError {
  return new TokenWatchError(
    'database_older',
    `${place} is of version ${version}; the next start or command makes version ${latest} of it (docs/upgrading.md).`,
  );
}
