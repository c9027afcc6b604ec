// Where a page of a list of requests ended: the last one's id, behind the value that the list is sorted by.

import type { RequestSort } from './analytics.ts';
import { TokenWatchError } from './errors.ts';

export interface RequestCursor {
  /** 0 in a list by time. */
  readonly value: number;
  readonly id: string;
}

export function writeCursor({ value, id }: RequestCursor, sort: RequestSort): string {
  return sort === 'time' ? id : `${value}~${id}`;
}

/** Whether a list by time wrote it. */
export const isByTime = (cursor: string): boolean => !cursor.includes('~');

/** In a list by time: what began before a moment, where no record marks it. */
export const cursorAt = (ms: number): string => `before-${ms}`;

/** Null for a cursor of another kind. */
export function momentOf(cursor: string): number | null {
  const [, ms] = /^before-(\d{1,15})$/.exec(cursor) ?? [];
  return ms === undefined ? null : Number(ms);
}

/** Throws `invalid_argument` for what no such list wrote. */
export function readCursor(text: string, sort: RequestSort): RequestCursor {
  const form = sort === 'time' ? /^()([\w-]{1,64})$/ : /^(-?[\d.e+]{1,30})~([\w-]{1,64})$/;
  const [, value, id] = form.exec(text) ?? [];
  if (id !== undefined && Number.isFinite(Number(value))) return { value: Number(value), id };
  throw new TokenWatchError('invalid_argument', `cursor="${text}" is not where a page of this list ended.`);
}
