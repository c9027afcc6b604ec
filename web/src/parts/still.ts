// A live list whose rows stay where they are while somebody is at them: their figures go on, and what is new, or has
// changed its place, comes when the pointer and the keyboard have left.

import type { RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';

/** `before` in its order, with what is known of each row now. */
export function inPlace<Row>(
  before: readonly Row[],
  now: readonly Row[],
  keyOf: (row: Row) => string | number,
): readonly Row[] {
  const byKey = new Map(now.map((row) => [keyOf(row), row]));
  return before.map((row) => byKey.get(keyOf(row)) ?? row);
}

/** Of the element around the rows. */
export interface Place {
  readonly ref: RefObject<never>;
  readonly onMouseLeave: () => void;
  readonly onFocusOut: () => void;
}

interface Still<Row> {
  readonly rows: readonly Row[];
  readonly place: Place;
}

/** A finger that has left is still taken for a pointer that rests there. */
export const isPointedAt = (element: HTMLElement | null): boolean =>
  element?.matches(':hover') === true && matchMedia('(hover: hover)').matches;

/** `isOther`: they answer another question than the one that is asked, and are on their way out. */
export function useStill<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string | number,
  isOther = false,
): Still<Row> {
  const ref = useRef<HTMLElement>(null);
  const shown = useRef<readonly Row[] | null>(null);
  const [, draw] = useState(0);
  const isHeld = !isOther && (isPointedAt(ref.current) || ref.current?.matches(':focus-within') === true);
  const arranged = isHeld && shown.current !== null ? inPlace(shown.current, rows, keyOf) : rows;
  shown.current = isOther ? null : arranged;
  const leave = (): void => draw((before) => before + 1);
  return { rows: arranged, place: { ref: ref as RefObject<never>, onMouseLeave: leave, onFocusOut: leave } };
}
