// A copy of what the database says, in the data folder: a server that starts while the database is away goes on by it.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RepeatedFault } from '../core/repeated-fault.ts';
import { writePrivateFile } from './private-file.ts';

/** What is kept in a file of its own. */
export interface KeptKind<T> {
  readonly name: string;
  /** Whether a document in it is one of these. */
  readonly isRight: (value: unknown) => value is T;
  /** What is not known where it is damaged, and what to do: a sentence. */
  readonly lost: string;
}

export interface KeptCopy<T> {
  /** Null where there is none, or none that can be read. */
  read(): T | null;
  /** Whether it lies in the folder now. */
  keep(value: T): boolean;
}

/**
 * Tells of a copy that cannot be written; the server runs without it. `isOnDisk`: it is when `keep` has returned, for
 * what nobody else knows; what the database has as well is not waited for.
 */
export function keptCopy<T>(
  dataDir: string,
  { name, isRight, lost }: KeptKind<T>,
  warn: (message: string) => void,
  isOnDisk = false,
): KeptCopy<T> {
  const path = join(dataDir, name);
  const fault = new RepeatedFault(warn, {
    first: (reason) =>
      `${path} cannot be written (${reason}): a start without the database would go by an older one.`,
    over: `${path} is written again.`,
  });
  let last = '';
  return {
    read() {
      try {
        const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
        if (isRight(value)) return value;
        warn(`${path} holds something else than it should. ${lost}`);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        // None was kept yet.
        if (code !== 'ENOENT') warn(`${path} cannot be read (${message}). ${lost}`);
      }
      return null;
    },
    keep(value) {
      const text = JSON.stringify(value);
      if (text === last) return true;
      try {
        if (isOnDisk) writePrivateFile(path, text);
        else {
          writeFileSync(`${path}.new`, text, { mode: 0o600 });
          renameSync(`${path}.new`, path);
        }
        last = text;
        fault.over();
        return true;
      } catch (error) {
        fault.met(error);
        return false;
      }
    },
  };
}
