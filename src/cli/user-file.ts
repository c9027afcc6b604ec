// Files that a user names, to be read or written. One that cannot be is told before anything is asked or paid for.

import { closeSync, existsSync, openSync, readSync, realpathSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { TokenWatchError } from '../core/errors.ts';

/** Throws where nothing can be written there. What is there stays; what is not is not made. */
export function assertWritable(file: string): void {
  try {
    const isThere = existsSync(file);
    closeSync(openSync(file, 'a', 0o600));
    // Behind a link it is what the link leads to that was made.
    if (!isThere) rmSync(realpathSync(file));
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/** A suite, a prompt, a list: what is longer was named by mistake. */
const FILE_BYTES_MAX = 64 * 1024 ** 2;
const PIECE_BYTES = 1024 ** 2;

/**
 * Throws `invalid_argument` for one that cannot be read, with what to do. A pipe is read, too, and neither it nor a
 * device that never ends takes more memory than `mostBytes`.
 */
export function readUserFile(file: string, mostBytes = FILE_BYTES_MAX): Buffer {
  try {
    return wholeOf(file, mostBytes);
  } catch (cause) {
    if (cause instanceof TokenWatchError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw unreadable(file, UNREADABLE[code ?? ''] ?? `${message}.`, cause);
  }
}

export const readUserText = (file: string, mostBytes?: number): string =>
  readUserFile(file, mostBytes).toString('utf8');

function wholeOf(file: string, mostBytes: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const pieces: Buffer[] = [];
    for (let length = 0; length <= mostBytes; ) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      const read = readSync(descriptor, piece);
      if (read === 0) return Buffer.concat(pieces);
      pieces.push(piece.subarray(0, read));
      length += read;
    }
  } finally {
    closeSync(descriptor);
  }
  throw unreadable(file, `it is longer than ${Math.floor(mostBytes / 1024 ** 2)} MB. Name a smaller one.`);
}

function unreadable(file: string, why: string, cause?: unknown): TokenWatchError {
  return new TokenWatchError('invalid_argument', `"${file}" cannot be read: ${why}`, { cause });
}

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
  if (code === 'ENOENT' && isFolder(folder)) return 'no such file can be made there. Name another one.';
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
