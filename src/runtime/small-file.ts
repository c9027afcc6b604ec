// A file that holds a key or another secret, as a user names it to a server.

import { readFileSync, statSync } from 'node:fs';

const BYTES_MAX = 1024 ** 2;

/**
 * Throws for what is none: a pipe that nobody writes to would hold up everything until somebody does, and a device that
 * never ends would take all memory.
 */
export function readSmallFile(path: string): string {
  const facts = statSync(path);
  if (!facts.isFile()) throw new Error('it is no regular file');
  if (facts.size > BYTES_MAX) throw new Error(`it has ${facts.size} bytes`);
  return readFileSync(path, 'utf8');
}
