// Small files of the data folder that nobody but the server's user may read, and that are never half written.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const MODE = 0o600;

/** Null where there is none. Throws what else keeps it from being read. */
export function readPrivateFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Nor is there any where its folder is a file.
    if (/^ENOENT$|^ENOTDIR$/.test((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** It is on the disk when this returns, and so is its name. */
export function writePrivateFile(path: string, text: string): void {
  const aside = `${path}.${process.pid}.new`;
  // What lies there is of a process that was killed, or a link that somebody has laid: neither is written through.
  rmSync(aside, { force: true });
  try {
    const file = openSync(aside, 'wx', MODE);
    try {
      // All of it: a single write may take less, where the disk is nearly full, and would not say so.
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (error) {
    // What there was room for is of no use to anybody.
    rmSync(aside, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** Without it, a power cut may bring back what a file was called before. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
