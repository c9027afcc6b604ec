// A file of lines that only grows: its last lines read from its end, and all of them some at a time, so that neither
// takes longer at once the longer the file is.

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { TokenWatchError } from '../../core/errors.ts';

const CHUNK_BYTES = 64 * 1024;
const LINE_END = 0x0a;

export interface LastLines {
  /** Oldest first. */
  readonly lines: readonly string[];
  /** Whether the file ends within the last of them. */
  readonly isCut: boolean;
}

/** The last ones, at most so many. Blank ones are none. */
export function lastLines(path: string, most: number): LastLines {
  const file = opened(path);
  if (file === null) return { lines: [], isCut: false };
  try {
    return lastOf(file, most);
  } finally {
    closeSync(file.descriptor);
  }
}

function lastOf({ descriptor, bytes }: OpenFile, most: number): LastLines {
  const chunks: Buffer[] = [];
  let fromByte = bytes;
  for (let ends = 0; fromByte > 0 && ends <= most; ) {
    const toByte = fromByte;
    fromByte = Math.max(0, toByte - CHUNK_BYTES);
    const chunk = chunkOf(descriptor, fromByte, toByte);
    ends += lineEndsIn(chunk);
    chunks.unshift(chunk);
  }
  const all = Buffer.concat(chunks);
  // What lies before the first end is a part of a line, unless the file begins there.
  const whole = fromByte === 0 ? all : all.subarray(all.indexOf(LINE_END) + 1);
  return {
    lines: whole.toString('utf8').split('\n').filter(isSome).slice(-most),
    isCut: all.length > 0 && all.at(-1) !== LINE_END,
  };
}

/** All lines, oldest first, as many at a time as a chunk of the file holds. Blank ones are none. */
export function* linesInChunks(path: string): Generator<readonly string[], void> {
  const file = opened(path);
  if (file === null) return;
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (let fromByte = 0; fromByte < file.bytes; fromByte += CHUNK_BYTES) {
      const chunk = chunkOf(file.descriptor, fromByte, Math.min(file.bytes, fromByte + CHUNK_BYTES));
      const all = Buffer.concat([rest, chunk]);
      const end = all.lastIndexOf(LINE_END) + 1;
      rest = all.subarray(end);
      yield all.toString('utf8', 0, end).split('\n').filter(isSome);
    }
    if (rest.length > 0) yield [rest.toString('utf8')];
  } finally {
    closeSync(file.descriptor);
  }
}

interface OpenFile {
  readonly descriptor: number;
  readonly bytes: number;
}

/** Null where there is none. */
function opened(path: string): OpenFile | null {
  try {
    // Opening a pipe would wait for whoever writes into it.
    if (!statSync(path).isFile()) throw new Error('it is no file');
    const descriptor = openSync(path, 'r');
    return { descriptor, bytes: fstatSync(descriptor).size };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new TokenWatchError('storage_failed', `${path} cannot be read (${message}).`, { cause });
  }
}

/** Shorter where the file was cut meanwhile. */
function chunkOf(descriptor: number, fromByte: number, toByte: number): Buffer {
  const chunk = Buffer.alloc(toByte - fromByte);
  let read = 0;
  for (let more = -1; more !== 0 && read < chunk.length; read += more)
    more = readSync(descriptor, chunk, read, chunk.length - read, fromByte + read);
  return chunk.subarray(0, read);
}

/** Of lines that are not blank, as far as the chunk itself tells. */
function lineEndsIn(chunk: Buffer): number {
  let count = 0;
  for (let at = 1; at < chunk.length; at += 1)
    if (chunk[at] === LINE_END && chunk[at - 1] !== LINE_END) count += 1;
  return count;
}

const isSome = (line: string): boolean => line !== '';
