// Tables of aligned columns for a terminal, and numbers for people.

import { styleText } from 'node:util';
import { ofOurs, printable } from '../core/shown-text.ts';

export interface Column {
  readonly title: string;
  readonly alignRight?: boolean;
  /** Left out where the names before it would become unreadable; the lowest first. */
  readonly goes?: number;
}

const GAP = '  ';

/** Of a name, before a column that may go does. */
const NAME_MIN = 20;

/** Lines no wider than `width`: columns that may go do, then the widest text column gives way, and ends in `…`. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const kept = keptColumns(columns, widthsOf(columns, rows), width);
  if (kept.length < columns.length)
    return tableLines(
      kept.map((index) => columns[index] as Column),
      rows.map((row) => kept.map((index) => row[index] ?? '')),
      width,
    );
  const widths = widthsOf(columns, rows);
  const total = (): number => widths.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1);
  while (total() > width) {
    const texts = widths.map((each, index) => (columns[index]?.alignRight ? 0 : each));
    const widest = texts.indexOf(Math.max(...texts));
    if ((widths[widest] ?? 0) <= 8) break;
    widths[widest] = Math.max(8, (widths[widest] ?? 0) - (total() - width));
  }
  const line = (cells: readonly string[]): string => tableLine(columns, widths, cells, GAP);
  return [bold(line(columns.map((column) => column.title))), ...rows.map(line)];
}

const widthsOf = (columns: readonly Column[], rows: readonly (readonly string[])[]): number[] =>
  columns.map((column, index) =>
    Math.max(column.title.length, ...rows.map((row) => (row[index] ?? '').length)),
  );

function keptColumns(
  columns: readonly Column[],
  widths: readonly number[],
  width: number,
): readonly number[] {
  const least = (index: number): number => {
    const whole = widths[index] ?? 0;
    return GAP.length + (columns[index]?.alignRight ? whole : Math.min(whole, NAME_MIN));
  };
  const going = [...columns.keys()].filter((index) => columns[index]?.goes !== undefined);
  going.sort((one, other) => (columns[one]?.goes ?? 0) - (columns[other]?.goes ?? 0));
  const kept = new Set(columns.keys());
  for (const index of going) {
    if ([...kept].reduce((sum, each) => sum + least(each), 0) - GAP.length <= width) break;
    kept.delete(index);
  }
  return [...kept];
}

/** One line of cells, each cut or filled up to its width. */
export function tableLine(
  columns: readonly Column[],
  widths: readonly number[],
  cells: readonly string[],
  gap: string,
): string {
  return cells
    .map((cell, index) => {
      const room = widths[index] ?? 0;
      const text = cell.length > room ? `${printable(cell).slice(0, room - 1)}…` : printable(cell);
      return columns[index]?.alignRight ? text.padStart(room) : text.padEnd(room);
    })
    .join(gap)
    .trimEnd();
}

/** Bold on a terminal that shows it; plain in a pipe or with NO_COLOR. Only for what a command prints. */
export function bold(text: string): string {
  const [begin = '', end = ''] = styleText('bold', '|', { stream: process.stdout }).split('|');
  return ofOurs(begin) + text + ofOurs(end);
}

export function formatCount(count: number): string {
  if (count < 100_000) return count.toLocaleString('en-US');
  return count.toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: 1 });
}

export function formatMs(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '-';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
