// What the live feed tells of: that a request has started, or ended. Most of a flood is told by its sums alone, so a line
// of the journal is read only once its row is to be shown, and its row is written once for all pages.

import { type EndedSums, NOTHING_ENDED, withEnd } from '../../core/ended-sums.ts';
import type { RequestRecord } from '../../core/record.ts';
import { recordInFlight } from '../../core/record-in-flight.ts';
import { idOf, readLine, withoutEnded } from '../../record/spool-line.ts';

export class Happening {
  readonly id: string;
  /** A line of the journal, until its row is asked for. */
  #line: string | null;
  #row: string | null;

  constructor(id: string, line: string | null, row: string | null = null) {
    this.id = id;
    this.#line = line;
    this.#row = row;
  }

  /** The request as it is now, as JSON; null where its line says nothing. */
  get row(): string | null {
    if (this.#line !== null) {
      const record = recordOf(this.#line);
      this.#line = null;
      this.#row = record && JSON.stringify(record);
    }
    return this.#row;
  }
}

/** Of lines as the journal writes them. */
export function happeningsOf(lines: string): readonly Happening[] {
  return withoutEnded(lines.split('\n')).flatMap((line) => {
    const id = idOf(line);
    return id === null ? [] : [new Happening(id, line)];
  });
}

export interface Happened {
  readonly happenings: readonly Happening[];
  readonly ended: EndedSums;
}

/** Of records of others, each as JSON in a line. */
export function happenedElsewhere(lines: string): Happened {
  let ended = NOTHING_ENDED;
  const happenings = lines.split('\n').map((row) => {
    const { id, outcome, usage, costNanoUsd } = JSON.parse(row) as RequestRecord;
    if (outcome !== 'in_flight') ended = withEnd(ended, { outcome, usage, costNanoUsd });
    return new Happening(id, null, row);
  });
  return { happenings, ended };
}

function recordOf(text: string): RequestRecord | null {
  const line = readLine(text);
  if (line === null) return null;
  return 'end' in line ? { ...line.start, ...line.end } : recordInFlight(line.start);
}
