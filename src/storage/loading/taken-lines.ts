// What spooled lines come to, whatever the database: which records they make, which reservations they raise, and the
// sums of what has ended. A line that says what is known changes nothing.

import type { RequestStart } from '../../core/record.ts';
import type { SpoolLine } from '../../record/spool-line.ts';
import { chargeable, chargedEarlier } from '../charge.ts';
import { movedSpend } from '../moved-spend.ts';
import { RollupBatch } from '../rollup/rollup-batch.ts';
import { type EndOrPending, IN_FLIGHT, type Row, requestRow } from '../rows/request-row.ts';

export interface TakenLines {
  /** By id, each with what it was charged before with: null for its own. */
  readonly rows: ReadonlyMap<string, Row & { readonly duplicate_of: string | null }>;
  /** Starts that come again: more is reserved. */
  readonly raised: readonly RaisedStart[];
  readonly rollups: RollupBatch;
  /** What of them is other models' to pay. */
  readonly moved: readonly Row[];
}

export interface RaisedStart {
  readonly id: string;
  readonly startedAtMs: number;
  readonly reservedNanoUsd: number;
  readonly paidModel: string | null;
}

export interface Ground {
  /** What the database has of these records. */
  readonly known: ReadonlyMap<string, Row>;
  /** Which records have been charged with usage of these keys. */
  readonly charged: ReadonlyMap<string, string>;
  /** Which were there, and were deleted because they are old. */
  readonly deleted: ReadonlySet<string>;
}

const TEXT = new Set(['id', 'owner', 'protocol', 'endpoint', 'method', 'path', 'upstream', 'app', 'outcome']);
const REAL = new Set(['time_to_first_byte_ms', 'latency_ms']);

/** The key by which a line's usage is charged once; null where it may take no charge. */
export function billingKeyOf(line: SpoolLine): string | null {
  return 'end' in line ? chargeable(line.end).billingKey : null;
}

/** `text` is a text as the database keeps it. Throws for a line that makes no record. */
export function takenLines(
  lines: readonly SpoolLine[],
  { known, charged, deleted }: Ground,
  text: (text: string) => string,
): TakenLines {
  const chargedBy = new Map(charged);
  const rollups = new RollupBatch();
  const rows = new Map<string, Row & { readonly duplicate_of: string | null }>();
  const ended = new Set<string>();
  const raised: RaisedStart[] = [];
  const moved: Row[] = [];
  for (const line of lines) {
    const id = text(line.start.id);
    const before = known.get(id);
    const wasEnded =
      before !== undefined && before.outcome !== 'in_flight' && before.outcome !== 'interrupted';
    if (wasEnded || deleted.has(id) || ended.has(id)) continue;
    if (!('end' in line)) {
      if (before === undefined && !rows.has(id))
        rows.set(id, { ...storable(line.start, IN_FLIGHT, text), duplicate_of: null });
      else if (line.start.reservedNanoUsd !== null)
        raised.push(raisedStart(line.start, line.start.reservedNanoUsd, text));
      continue;
    }
    const key = billingKeyOf(line);
    const earlier = key === null ? undefined : chargedBy.get(key);
    const isRepeated = earlier !== undefined && earlier !== id;
    const charged = chargeable(line.end);
    const end = isRepeated ? chargedEarlier(charged) : charged;
    const record = storable(line.start, end, text);
    if (key !== null && !isRepeated) chargedBy.set(key, id);
    rows.set(id, { ...record, duplicate_of: isRepeated ? earlier : null });
    ended.add(id);
    if (before?.outcome === 'interrupted') rollups.add(before, -1);
    rollups.add(record, 1);
    for (const row of movedSpend(line.start, end)) moved.push(asStored(row, text));
  }
  return { rows, raised, rollups, moved };
}

function raisedStart(
  { id, startedAtMs, paidModel }: RequestStart,
  reservedNanoUsd: number,
  text: (text: string) => string,
): RaisedStart {
  return {
    ...{ id: text(id), startedAtMs, reservedNanoUsd },
    paidModel: paidModel === undefined ? null : text(paidModel),
  };
}

/** The row of a record. Throws for what no table has a place for. */
function storable(start: RequestStart, end: EndOrPending, text: (text: string) => string): Row {
  const row = requestRow(start, end);
  for (const [name, value] of Object.entries(row)) {
    if (typeof value === 'string') row[name] = text(value);
    else if (value === undefined || (value === null && TEXT.has(name))) throw new RangeError(`no ${name}`);
    else if (typeof value === 'number' && !REAL.has(name) && !Number.isSafeInteger(value))
      throw new RangeError(`${name} ${value} is no whole number that can be told exactly`);
  }
  return row;
}

function asStored(row: Row, text: (text: string) => string): Row {
  const values = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'string' ? text(value) : value,
  ]);
  return Object.fromEntries(values) as Row;
}
