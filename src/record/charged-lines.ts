// Remembers which lines of results (of a batch, of an output file) were charged: a download that broke off charged
// some, the next one charges the others, and a third one none. Kept in a file of the data folder, bounded in lines.

import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../core/make-folders.ts';
import { RepeatedFault } from '../core/repeated-fault.ts';

/** Past it, the results that were fetched longest ago are forgotten. */
const LINES_MAX = 500_000;

export class ChargedLines {
  readonly #path: string | null;
  readonly #warn: (message: string) => void;
  readonly #fault: RepeatedFault;
  /** Marks of lines by their results, in the order in which those were first fetched. */
  readonly #marks = new Map<string, Set<string>>();
  #count = 0;

  /** `dataDir` null: in memory only. */
  constructor(dataDir: string | null, warn: (message: string) => void) {
    this.#path = dataDir === null ? null : join(dataDir, 'charged-lines');
    this.#warn = warn;
    this.#fault = new RepeatedFault(warn, {
      first: (reason) =>
        `Which lines of results were charged could not be written down (${reason}): a restart may charge them once more.`,
      over: 'Which lines of results were charged is written down again.',
    });
    if (dataDir !== null) this.#load(dataDir);
  }

  has(results: string, mark: string): boolean {
    return this.#marks.get(results)?.has(mark) ?? false;
  }

  add(results: string, marks: readonly string[]): void {
    if (marks.length === 0) return;
    this.#keep(results, marks);
    if (this.#path === null) return;
    try {
      if (this.#count > LINES_MAX) this.#rewrite(this.#path);
      else appendFileSync(this.#path, lineOf(results, marks), { mode: 0o600 });
      this.#fault.over();
    } catch (error) {
      // Memory still knows them.
      this.#fault.met(error);
    }
  }

  #keep(results: string, marks: readonly string[]): void {
    const known = this.#marks.get(results) ?? new Set();
    const before = known.size;
    for (const mark of marks) known.add(mark);
    this.#count += known.size - before;
    this.#marks.set(results, known);
  }

  #rewrite(path: string): void {
    for (const [results, marks] of this.#marks) {
      if (this.#count <= LINES_MAX / 2 || this.#marks.size === 1) break;
      this.#count -= marks.size;
      this.#marks.delete(results);
    }
    const text = [...this.#marks].map(([results, marks]) => lineOf(results, [...marks])).join('');
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  #load(dataDir: string): void {
    let text: string;
    try {
      makeFolders(dataDir);
      text = readFileSync(join(dataDir, 'charged-lines'), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#warn(`Which lines of results were charged before could not be read (${String(error)}).`);
      return;
    }
    for (const line of text.split('\n')) {
      const [results, ...marks] = line.split(' ');
      if (results !== undefined && marks.length > 0) this.#keep(results, marks);
    }
  }
}

const lineOf = (results: string, marks: readonly string[]): string => `${results} ${marks.join(' ')}\n`;
