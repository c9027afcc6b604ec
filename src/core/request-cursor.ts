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

/** Throws `invalid_argument` for what no such list wrote. */
export function readCursor(text: string, sort: RequestSort): RequestCursor {
  const form = sort === 'time' ? /^()([\w-]{1,64})$/ : /^(-?[\d.e+]{1,30})~([\w-]{1,64})$/;
  const [, value, id] = form.exec(text) ?? [];
  if (id !== undefined && Number.isFinite(Number(value))) return { value: Number(value), id };
  throw new TokenWatchError('invalid_argument', `cursor="${text}" is not where a page of this list ended.`);
}
