// A new file for this user alone, also in a folder that others write to.

import { closeSync, openSync, rmSync } from 'node:fs';

/** Empty, and read by nobody else. What is there goes first: a leftover, or a link that somebody has laid to anywhere. */
export function makeOwnFile(path: string): void {
  rmSync(path, { force: true });
  closeSync(openSync(path, 'wx', 0o600));
}
