// Rows as lines of text: CSV (RFC 4180) and JSON.

import type { RequestRecord } from '../core/record.ts';
import type { Cell, Column } from './column.ts';

export function csvHead(columns: readonly Column[]): string {
  return columns.map(({ name }) => name).join(',');
}

export function csvLine(columns: readonly Column[], record: RequestRecord): string {
  return columns.map((column) => csvCell(column, column.read(record))).join(',');
}

export function jsonLine(columns: readonly Column[], record: RequestRecord): string {
  const cells = columns.map((column) => [column.name, told(column, column.read(record))]);
  return JSON.stringify(Object.fromEntries(cells));
}

/** Times as ISO 8601 in UTC. */
function told({ type }: Column, cell: Cell): Cell {
  return type === 'time' && typeof cell === 'number' ? new Date(cell).toISOString() : cell;
}

/**
 * What a spreadsheet would take for a formula gets an apostrophe before it: at the beginning, also in wide letters; and
 * behind what parts cells where a spreadsheet is set so, or reads lines by themselves.
 */
const FORMULA = /(^|[;\t\r\n])(?=[=+\-@＝＋－＠])|^(?=[\t\r\n])/g;

function csvCell(column: Column, cell: Cell): string {
  const value = told(column, cell);
  if (value === null) return '';
  if (typeof value === 'number') return decimalText(value);
  if (typeof value === 'boolean') return String(value);
  const safe = column.type === 'text' ? value.replace(FORMULA, (_all, before = '') => `${before}'`) : value;
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Without an exponent, which not every reader of CSV takes. */
function decimalText(value: number): string {
  const plain = String(value);
  return plain.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : plain;
}
