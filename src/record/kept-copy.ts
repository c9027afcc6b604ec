// A copy of what the database says, in the data folder: a server that starts while the database is away goes on by it.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface KeptCopy<T> {
  /** Null where there is none, or none that can be read. */
  read(): T | null;
  keep(value: T): void;
}

/** Tells of a copy that cannot be written; the server runs without it. */
export function keptCopy<T>(dataDir: string, name: string, warn: (message: string) => void): KeptCopy<T> {
  const path = join(dataDir, name);
  let last = '';
  return {
    read() {
      try {
        return JSON.parse(readFileSync(path, 'utf8')) as T;
      } catch {
        // None was kept yet, or a half one: either way nothing is known.
        return null;
      }
    },
    keep(value) {
      const text = JSON.stringify(value);
      if (text === last) return;
      try {
        writeFileSync(`${path}.new`, text, { mode: 0o600 });
        renameSync(`${path}.new`, path);
        last = text;
      } catch (error) {
        warn(
          `${path} cannot be written (${error instanceof Error ? error.message : String(error)}): a start without the database would go by an older one.`,
        );
      }
    },
  };
}
