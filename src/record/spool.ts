// The spool: append-only files of JSON lines in the data folder, one process's own each. A line that was written
// survives a killed process (not a power cut: nothing is synced). A loader moves the lines into the database.

import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { RequestEnd, RequestStart } from '../core/record.ts';

export type SpoolLine =
  | { readonly start: RequestStart }
  | { readonly start: RequestStart; readonly end: RequestEnd };

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
  const folder = spoolFolder(dataDir);
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder)
    .map((name) => ({ name, match: NAME.exec(name) }))
    .filter((entry) => entry.match !== null)
    .map(({ name, match }) => ({ name, owner: `${match![1]}-${match![2]}`, sequence: Number(match![3]) }))
    .sort((a, b) => a.owner.localeCompare(b.owner) || a.sequence - b.sequence);
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
    const bytes = Buffer.from(text);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#file, bytes, written);
    } finally {
      this.#bytes += written;
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
    return openSync(join(spoolFolder(this.#dataDir), name), 'a');
  }
}

/** How the line of a start begins, and no other: it tells the request's id without being parsed. */
const START_LINE = '{"start":{"id":"';

/** `start` is the text of a start, `end` that of its end; a start has its id first. */
export function startLine(start: string): string {
  return `{"start":${start}}`;
}

export function endLine(start: string, end: string): string {
  return `{"end":${end},"start":${start}}`;
}

const READ_BYTES_MAX = 1024 * 1024;

export interface SpoolRead {
  /** Without the starts of requests that end in the same read: a line that ends one holds its start. */
  readonly lines: readonly SpoolLine[];
  /** Where the next read begins: behind the last whole line. */
  readonly nextOffset: number;
  /** Lines that are no JSON: a write that failed half-way leaves one. */
  readonly rejected: number;
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
    const { lines, rejected } = parseLines(texts);
    return { lines, rejected, nextOffset: offset + end, atEnd: size === available };
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, offset: number, size: number): Buffer {
  const buffer = Buffer.alloc(Math.max(size, 0));
  return buffer.subarray(0, size > 0 ? readSync(file, buffer, 0, size, offset) : 0);
}

function parseLines(texts: readonly string[]): Pick<SpoolRead, 'lines' | 'rejected'> {
  const ended = new Set<string>();
  const parsed = texts.map((text) => {
    if (text === '' || text.startsWith(START_LINE)) return text;
    const line = parseLine(text);
    if (line !== null) ended.add(line.start.id);
    return line;
  });
  const lines: SpoolLine[] = [];
  let rejected = 0;
  for (const item of parsed) {
    // Most starts end in the same read, and are not worth parsing.
    if (item === '' || (typeof item === 'string' && ended.has(idOfStart(item)))) continue;
    const line = typeof item === 'string' ? parseLine(item) : item;
    if (line === null) rejected += 1;
    else lines.push(line);
  }
  return { lines, rejected };
}

function idOfStart(text: string): string {
  return text.slice(START_LINE.length, text.indexOf('"', START_LINE.length));
}

function parseLine(text: string): SpoolLine | null {
  try {
    const line = JSON.parse(text) as Partial<SpoolLine> | null;
    return typeof line?.start?.id === 'string' ? (line as SpoolLine) : null;
  } catch {
    // Half a line, from a write that failed or a process that died in it. The caller counts these.
    return null;
  }
}
