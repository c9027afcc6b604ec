// A folder with all those above it. Node's own recursive mkdir never ends where a place takes no folders but says
// "there is none" (Linux's /proc): each is asked for once here.

import { lstatSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** What is no folder, of it and of all those above it; null where it is there, or could be made. */
export function inTheWay(folder: string): string | null {
  let path = resolve(folder);
  for (; dirname(path) !== path; path = dirname(path)) {
    const place = lstatIn(path);
    if (place !== null) return isFolder(path) ? null : wordsFor(path, place);
  }
  return null;
}

/** Throws what is in the place of the first folder that cannot be made, or what the system says of it. */
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
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && isFolder(path)) return;
    const place = code === 'EEXIST' ? lstatIn(path) : null;
    if (place === null) throw error;
    throw Object.assign(new Error(wordsFor(path, place), { cause: error }), { code, syscall });
  }
}

function wordsFor(path: string, place: Stats): string {
  if (place.isSymbolicLink() && statSync(path, { throwIfNoEntry: false }) === undefined)
    return `${path} is a link that leads nowhere`;
  return statSync(path).isFile() ? `${path} is a file, and no folder` : `${path} is no folder`;
}

function lstatIn(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    // Not there, or below something that is no folder.
    return null;
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
