// A folder with all those above it. Node's own recursive mkdir never ends where a place takes no folders but says
// "there is none" (Linux's /proc): each is asked for once here.

import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Throws what the system says of the first folder that cannot be made. */
export function makeFolders(folder: string, mode = 0o777): void {
  const missing: string[] = [];
  for (let path = folder; !isFolder(path); path = dirname(path)) {
    missing.push(path);
    if (dirname(path) === path) break;
  }
  for (const path of missing.reverse()) makeOne(path, mode);
}

function makeOne(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Not there, or out of reach: making it tells which.
    return false;
  }
}
