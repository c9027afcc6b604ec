// Where a page of a list of requests ended: the last one's id, behind the value that the list is sorted by and when it
// began.

import type { RequestSort } from './analytics.ts';
import { TokenWatchError } from './errors.ts';

export interface RequestCursor {
  /** In a list by time, when it began. */
  readonly value: number;
  readonly startedAtMs: number;
  readonly id: string;
}

export function writeCursor({ value, startedAtMs, id }: RequestCursor, sort: RequestSort): string {
  return sort === 'time' ? cursorBehind({ startedAtMs, id }) : `${value}~${startedAtMs}~${id}`;
}

/** In a list by time. The page's browser app, which shares no code with this, writes the same. */
export const cursorBehind = ({ startedAtMs, id }: Omit<RequestCursor, 'value'>): string =>
  `at-${startedAtMs}-${id}`;

export const isByTime = (cursor: string): boolean => cursor.startsWith('at-');

/** In a list by time an id alone stands for its request's place. */
export const isId = (cursor: string): boolean =>
  /^[\w-]{1,64}$/.test(cursor) && !isByTime(cursor) && momentOf(cursor) === null;

/** In a list by time: what began before a moment, where no record marks it. */
export const cursorAt = (ms: number): string => `before-${ms}`;

/** Null for a cursor of another kind. */
export function momentOf(cursor: string): number | null {
  const [, ms] = /^before-(\d{1,15})$/.exec(cursor) ?? [];
  return ms === undefined ? null : Number(ms);
}

/** Throws `invalid_argument` for what no such list wrote. Of very many requests a text is looked for by time. */
export function checkCursor(text: string, sort: RequestSort, isOfText: boolean): void {
  if (momentOf(text) !== null) return;
  const isOfTime = sort === 'time' || (isOfText && !text.includes('~'));
  if (isOfTime && isId(text)) return;
  readCursor(text, isOfTime ? 'time' : sort);
}

/** Throws `invalid_argument` for what no list in this order wrote. */
export function readCursor(text: string, sort: RequestSort): RequestCursor {
  const form =
    sort === 'time' ? /^at()-(\d{1,15})-([\w-]{1,64})$/ : /^(-?[\d.e+-]{1,30})~(\d{1,15})~([\w-]{1,64})$/;
  const [, value, ms, id] = form.exec(text) ?? [];
  const startedAtMs = Number(ms);
  if (id !== undefined && Number.isFinite(Number(value)))
    return { value: sort === 'time' ? startedAtMs : Number(value), startedAtMs, id };
  throw new TokenWatchError('invalid_argument', `cursor="${text}" is not where a page of this list ended.`);
}
