// The spool: append-only files of JSON lines in the data folder, one process's own each. A line that was written
// survives a killed process (not a power cut: nothing is synced). A loader moves the lines into the database.

import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { TokenWatchError } from '../core/errors.ts';
import { makeFolders } from '../runtime/make-folders.ts';
import { withoutEnded } from './spool-line.ts';

const SUFFIX = '.spool';
const NAME = /^(\d+)-(\d+)-(\d+)\.spool$/;

export function spoolFolder(dataDir: string): string {
  return join(dataDir, 'spool');
}

/** Tells this run of a process from an earlier one that had the same pid: `<pid>-<start time>`. */
export function processOwner(pid: number = process.pid): string {
  return `${pid}-${processStartTime(pid) ?? 0}`;
}

/** Clock ticks since boot (Linux), or null for no such process or another platform. */
function processStartTime(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    // No such process, or no /proc here: the pid alone has to do.
    return null;
  }
}

export function ownerIsAlive(owner: string): boolean {
  const [pid, startTime] = owner.split('-').map(Number) as [number, number];
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return (processStartTime(pid) ?? 0) === startTime;
}

export interface SpoolFile {
  readonly name: string;
  readonly owner: string;
  readonly sequence: number;
}

/** Oldest first for each owner. */
export function listSpools(dataDir: string): readonly SpoolFile[] {
  const folder = madeFolder(spoolFolder(dataDir));
  return readdirSync(folder)
    .map((name) => ({ name, match: NAME.exec(name) }))
    .filter((entry) => entry.match !== null)
    .map(({ name, match }) => ({ name, owner: `${match![1]}-${match![2]}`, sequence: Number(match![3]) }))
    .sort((a, b) => a.owner.localeCompare(b.owner) || a.sequence - b.sequence);
}

function madeFolder(path: string): string {
  try {
    makeFolders(path, 0o700);
    return path;
  } catch (cause) {
    throw new TokenWatchError(
      'storage_failed',
      `The folder ${path}, in which records wait for the database, cannot be made (${(cause as Error).message}). Take away what is in its place.`,
      { cause },
    );
  }
}

/** The writing end. One synchronous write takes all queued lines. */
export class SpoolWriter {
  readonly #dataDir: string;
  readonly #owner: string;
  #sequence = 0;
  #file: number;
  #bytes = 0;

  constructor(dataDir: string, owner: string) {
    this.#dataDir = dataDir;
    this.#owner = owner;
    const own = listSpools(dataDir).filter((spool) => spool.owner === owner);
    this.#sequence = own.reduce((highest, spool) => Math.max(highest, spool.sequence), 0);
    this.#file = this.#openNext();
  }

  /** Bytes in the current file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Throws what the file system throws; then nothing of `text` may be taken as written, and it may come again. */
  write(text: string): void {
    let written = 0;
    try {
      written = writeSync(this.#file, text);
      const length = Buffer.byteLength(text);
      if (written < length) {
        const bytes = Buffer.from(text);
        while (written < length) written += writeSync(this.#file, bytes, written);
      }
    } catch (error) {
      written = this.#withoutHalfLine(text, written);
      throw error;
    } finally {
      this.#bytes += written;
    }
  }

  /** Of what a full disk took of a text: no loader has gone beyond its last whole line. Returns how much stays. */
  #withoutHalfLine(text: string, written: number): number {
    const whole = Buffer.from(text).lastIndexOf('\n', written - 1) + 1;
    if (written === 0 || whole === written) return written;
    try {
      ftruncateSync(this.#file, this.#bytes + whole);
      return whole;
    } catch {
      // It stays, and is ended by whoever writes next.
      return written;
    }
  }

  /** Goes on in a fresh file; the old one is deleted by whoever has loaded it. */
  rotate(): void {
    const old = this.#file;
    this.#file = this.#openNext();
    this.#bytes = 0;
    closeSync(old);
  }

  close(): void {
    closeSync(this.#file);
  }

  #openNext(): number {
    this.#sequence += 1;
    const name = `${this.#owner}-${this.#sequence}${SUFFIX}`;
    return openSync(join(spoolFolder(this.#dataDir), name), 'a', 0o600);
  }
}

const READ_BYTES_MAX = 1024 * 1024;

export interface SpoolRead {
  /** Whole lines, without the starts of requests that end in the same read. To be read one by one: many at once
   * would all have to be moved by the collector. */
  readonly lines: readonly string[];
  /** Where the next read begins: behind the last whole line. */
  readonly nextOffset: number;
  /** False when more whole lines may follow. */
  readonly atEnd: boolean;
}

/** Reads whole lines from `offset`, about a megabyte at a time. A line that has not ended stays for later. */
export function readSpool(dataDir: string, name: string, offset: number): SpoolRead {
  const file = openSync(join(spoolFolder(dataDir), name), 'r');
  try {
    const available = fstatSync(file).size - offset;
    let size = Math.min(available, READ_BYTES_MAX);
    let buffer = readAt(file, offset, size);
    let end = buffer.lastIndexOf(0x0a) + 1;
    if (end === 0 && available > size) {
      size = available;
      buffer = readAt(file, offset, size);
      end = buffer.lastIndexOf(0x0a) + 1;
    }
    const texts = buffer.subarray(0, end).toString('utf8').split('\n');
    const lines = withoutEnded(texts.filter((text) => text !== ''));
    return { lines, nextOffset: offset + end, atEnd: size === available };
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, offset: number, size: number): Buffer {
  const buffer = Buffer.alloc(Math.max(size, 0));
  return buffer.subarray(0, size > 0 ? readSync(file, buffer, 0, size, offset) : 0);
}
