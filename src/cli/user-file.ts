// Files that a user names, to be read or written. One that cannot be is told before anything is asked or paid for.

import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { TokenWatchError } from '../core/errors.ts';

/** Throws where nothing can be written there. What is there stays; what is not is not made. */
export function assertWritable(file: string): void {
  try {
    const isThere = existsSync(file);
    closeSync(openSync(file, 'a', 0o600));
    if (!isThere) rmSync(file);
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/** Throws `invalid_argument` for one that cannot be read, with what to do. */
export function readUserFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = UNREADABLE[code ?? ''] ?? `${message}.`;
    throw new TokenWatchError('invalid_argument', `"${file}" cannot be read: ${why}`, { cause });
  }
}

export const readUserText = (file: string): string => readUserFile(file).toString('utf8');

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file. Name one that is there.',
  ENOTDIR: 'there is no such file. Name one that is there.',
  EISDIR: 'it is a folder. Name a file in it.',
  EACCES: 'this user may not read it. Name another file, or give this user the right to.',
};

/** Says of a file why it cannot be written, and what to do. What is said in words already stays as it is. */
export function unwritable(file: string, cause: unknown): TokenWatchError {
  if (cause instanceof TokenWatchError) return cause;
  return new TokenWatchError('invalid_argument', `"${file}" cannot be written: ${reason(file, cause)}`, {
    cause,
  });
}

function reason(file: string, cause: unknown): string {
  const folder = dirname(file);
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `there is no folder ${folder}. Make it, or name another file.`;
  if (code === 'ENOTDIR') return `${folder} is no folder. Name another file.`;
  if (code === 'EISDIR') return 'it is a folder. Name a file in it.';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `this user may not write ${isFolder(folder) ? `in ${folder}` : 'there'}. Name another file.`;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'the disk is full. Make room, or name another file.';
  return `${message}.`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
