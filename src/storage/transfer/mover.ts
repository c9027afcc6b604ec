// Moves what one store holds into another. Each page goes in together with a note of how far the move has come, so that
// one that was killed goes on where it was, whenever that happened.

import { counted } from '../../core/counted.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { TableFigures, TransferDesk } from './ports.ts';
import { TRANSFER_TABLES, type TransferRow, type TransferTable, type TransferValue } from './tables.ts';

export interface MoveOptions {
  readonly from: TransferDesk;
  readonly to: TransferDesk;
  /** For people, and for telling one source from another. */
  readonly fromName: string;
  readonly toName: string;
  /** What an archived item is found by; null for one that is in no index. */
  readonly wordsOf: (id: string) => Promise<string | null>;
  /** Empties the target first. */
  readonly replaces: boolean;
  /** Counts what is in flight as interrupted, at what is reserved for it; otherwise nothing is moved. */
  readonly interrupts: boolean;
  readonly pageRows?: number;
  readonly onRows?: (table: string, rows: number) => void;
}

export interface TableReport extends TableFigures {
  readonly table: string;
}

export interface MoveReport {
  /** False where an earlier call had begun. */
  readonly fromStart: boolean;
  readonly tables: readonly TableReport[];
  readonly interrupted: number;
}

interface Note {
  readonly from: string;
  /** What is being moved; null when all has been. */
  readonly table: string | null;
  readonly after: readonly TransferValue[] | null;
  /** The source's last change when the move began. */
  readonly change: number;
  /** What was found the same on both sides; null before that. */
  readonly compared: readonly TableReport[] | null;
}

const PAGE_ROWS = 500;
/** Rows of these hold whole prompts and answers. */
const LARGE: ReadonlySet<string> = new Set(['cache_answers', 'prompt_items']);
const PAGE_LARGE = 50;
/** Owns what was in flight in the source; no process has such a name. */
const LEFT_OWNER = 'moved/in-flight';

export async function moveData(options: MoveOptions): Promise<MoveReport> {
  const { from, to, interrupts } = options;
  const inFlight = await from.inFlight();
  if (inFlight > 0 && !interrupts) throw runs(options.fromName, inFlight);
  const { note, fromStart } = await begun(options);
  let { compared } = note;
  if (compared === null) {
    await moveTables(options, note);
    compared = await comparison(options);
    // From here on the two differ, by what was in flight.
    await to.begin(JSON.stringify({ ...note, compared } satisfies Note), false);
  }
  const end: Note = { ...note, table: null, after: null, compared: null };
  await to.finish(inFlight > 0 ? LEFT_OWNER : null, JSON.stringify(end));
  return { fromStart, tables: compared, interrupted: inFlight };
}

async function moveTables(options: MoveOptions, note: Note): Promise<void> {
  const first = TRANSFER_TABLES.findIndex(({ name }) => name === note.table);
  for (const table of TRANSFER_TABLES.slice(first))
    await moveTable(options, table, table.name === note.table ? note.after : null, note);
  if ((await lastChange(options.from)) !== note.change) throw hasChanged(options.fromName);
}

/** What an earlier call has noted, or a new note in a store that holds nothing else. */
async function begun(options: MoveOptions): Promise<{ readonly note: Note; readonly fromStart: boolean }> {
  const { from, to, fromName, toName, replaces } = options;
  const text = await to.note();
  const known = text === null ? null : (JSON.parse(text) as Note);
  const change = await lastChange(from);
  if (!replaces && known !== null && known.table !== null) {
    if (known.from !== fromName) {
      throw new TokenWatchError(
        'invalid_argument',
        `A move from ${known.from} into ${toName} has not come to its end. Call that one again, or use --replace to begin this one in its place.`,
      );
    }
    if (known.change !== change) throw hasChanged(fromName);
    return { note: known, fromStart: false };
  }
  if (!replaces) await refuseFull(to, toName, known);
  const note = {
    from: fromName,
    table: TRANSFER_TABLES[0]?.name ?? null,
    after: null,
    change,
    compared: null,
  };
  await to.begin(JSON.stringify(note), replaces);
  return { note, fromStart: true };
}

async function refuseFull(to: TransferDesk, toName: string, known: Note | null): Promise<void> {
  for (const table of TRANSFER_TABLES.filter(hasRows)) {
    const { rows } = await to.figures(table);
    if (rows === 0) continue;
    const before = known === null ? '' : ` (${known.from} was moved there before)`;
    throw new TokenWatchError(
      'invalid_argument',
      `${toName} holds data already: ${counted(rows, 'row')} of ${table.name}${before}. Choose a store that is empty, or use --replace to delete what is there.`,
    );
  }
}

async function moveTable(
  options: MoveOptions,
  table: TransferTable,
  from: readonly TransferValue[] | null,
  note: Note,
): Promise<void> {
  const limit = options.pageRows ?? (LARGE.has(table.name) ? PAGE_LARGE : PAGE_ROWS);
  // The one row of a table is there already.
  if (from !== null && !hasRows(table)) return;
  for (let after = from; ; ) {
    const rows = await options.from.page(table, after, limit);
    if (rows.length === 0) return;
    const last = rows.at(-1);
    after = table.order.map((column) => last?.[column] ?? null);
    const made: TransferRow[] = [];
    for (const row of rows) made.push(await asPut(options, table, row));
    await options.to.put(table, made, JSON.stringify({ ...note, table: table.name, after } satisfies Note));
    options.onRows?.(table.name, rows.length);
    if (!hasRows(table) || rows.length < limit) return;
  }
}

async function asPut(
  { wordsOf }: MoveOptions,
  { name }: TransferTable,
  row: TransferRow,
): Promise<TransferRow> {
  if (name === 'requests' && row.outcome === 'in_flight') return { ...row, owner: LEFT_OWNER };
  if (name !== 'prompt_items') return row;
  return { ...row, words: row.key_id === null ? await wordsOf(String(row.id)) : null };
}

/** Throws where the stores do not hold the same. */
async function comparison({ from, to, fromName, toName }: MoveOptions): Promise<readonly TableReport[]> {
  const reports: TableReport[] = [];
  for (const table of TRANSFER_TABLES.filter(hasRows)) {
    const [there, here] = [await from.figures(table), await to.figures(table)];
    const faults = table.sums
      .filter((sum) => !isSame(there.sums[sum], here.sums[sum]))
      .map((sum) => `${sum} of ${there.sums[sum]} against ${here.sums[sum]}`);
    if (there.rows !== here.rows) faults.unshift(`${counted(there.rows, 'row')} against ${here.rows}`);
    if (faults.length > 0) {
      throw new TokenWatchError(
        'storage_failed',
        `${toName} does not hold what ${fromName} holds: ${table.name} has ${faults.join(', ')}. Move it again with --replace.`,
      );
    }
    reports.push({ table: table.name, ...here });
  }
  return reports;
}

const hasRows = ({ order }: TransferTable): boolean => order.length > 0;

/** Whole numbers to the last digit; sums of floating-point numbers may be added up in another order. */
function isSame(one = '', other = ''): boolean {
  if (one === other) return true;
  if (/^-?\d+$/.test(one) && /^-?\d+$/.test(other)) return false;
  const [a, b] = [Number(one), Number(other)];
  return Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
}

async function lastChange(desk: TransferDesk): Promise<number> {
  const counter = TRANSFER_TABLES.find(({ name }) => name === 'change_counter') as TransferTable;
  const [row] = await desk.page(counter, null, 1);
  return Number(row?.last);
}

function hasChanged(fromName: string): TokenWatchError {
  return new TokenWatchError(
    'storage_failed',
    `${fromName} has changed since the move began. Stop the servers that run on it, then move it anew with --replace.`,
  );
}

function runs(fromName: string, inFlight: number): TokenWatchError {
  return new TokenWatchError(
    'invalid_argument',
    `${counted(inFlight, 'request is', 'requests are')} in flight in ${fromName}. Stop the servers that run on it; where those are gone for good, --interrupt counts them as interrupted, at the cost that was reserved for them.`,
  );
}
