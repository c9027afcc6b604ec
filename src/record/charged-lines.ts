// Remembers which lines of results (of a batch, of an output file) were charged: a download that broke off charged
// some, the next one charges the others, and a third one none. Kept in the data folder, in two files, each the
// continuation of the other: when the newer one is full it takes the older one's place, so that nothing is written anew.

import { appendFileSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { ChargedLines } from '../core/charged-lines.ts';
import { RepeatedFault } from '../core/repeated-fault.ts';
import { makeFolders } from '../runtime/make-folders.ts';

/** In both together. */
const LINES_MAX = 500_000;
const [NEWER, OLDER] = ['charged-lines', 'charged-lines.older'];

/** Marks of lines by their results. */
class Part {
  readonly #marks = new Map<string, Set<string>>();
  count = 0;

  has(results: string, mark: string): boolean {
    return this.#marks.get(results)?.has(mark) ?? false;
  }

  add(results: string, mark: string): void {
    const known = this.#marks.get(results) ?? new Set();
    const before = known.size;
    this.#marks.set(results, known.add(mark));
    this.count += known.size - before;
  }
}

export class KeptChargedLines implements ChargedLines {
  readonly #dataDir: string | null;
  readonly #warn: (message: string) => void;
  readonly #fault: RepeatedFault;
  #newer = new Part();
  #older = new Part();

  /** `dataDir` null: in memory only. */
  constructor(dataDir: string | null, warn: (message: string) => void) {
    this.#dataDir = dataDir;
    this.#warn = warn;
    this.#fault = new RepeatedFault(warn, {
      first: (reason) =>
        `Which lines of results were charged could not be written down (${reason}): a restart may charge them once more.`,
      over: 'Which lines of results were charged is written down again.',
    });
    if (dataDir === null) return;
    this.#load(dataDir, OLDER, this.#older);
    this.#load(dataDir, NEWER, this.#newer);
  }

  has(results: string, mark: string): boolean {
    return this.#newer.has(results, mark) || this.#older.has(results, mark);
  }

  take(results: string, mark: string): boolean {
    if (this.has(results, mark)) return false;
    this.#newer.add(results, mark);
    return true;
  }

  write(results: string, marks: readonly string[]): void {
    if (marks.length === 0) return;
    const dataDir = this.#dataDir;
    try {
      if (dataDir !== null)
        appendFileSync(join(dataDir, NEWER), `${results} ${marks.join(' ')}\n`, { mode: 0o600 });
      this.#turn(dataDir);
      this.#fault.over();
    } catch (error) {
      // Memory still knows them.
      this.#fault.met(error);
    }
  }

  #turn(dataDir: string | null): void {
    const all = this.#newer.count + this.#older.count;
    if (this.#newer.count <= LINES_MAX / 2 && all <= LINES_MAX) return;
    if (dataDir !== null) renameSync(join(dataDir, NEWER), join(dataDir, OLDER));
    this.#older = this.#newer;
    this.#newer = new Part();
  }

  #load(dataDir: string, name: string, part: Part): void {
    let text: string;
    try {
      makeFolders(dataDir);
      text = readFileSync(join(dataDir, name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#warn(`Which lines of results were charged before could not be read (${String(error)}).`);
      return;
    }
    for (const line of text.split('\n')) {
      const [results, ...marks] = line.split(' ');
      if (results !== undefined) for (const mark of marks) part.add(results, mark);
    }
  }
}
