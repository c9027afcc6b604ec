// Routing rules on their way to another place. Each move begins with what the moves before it have made of the order, not
// with the list that was drawn when somebody pressed the button.

import { useRef } from 'preact/hooks';
import type { Answer, RouteRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import type { Edit } from '../parts/edit.ts';

const PRIORITY_STEP = 10;

/** By so many places, or to the place of another. */
type Where = -1 | 1 | string;

export type Move = (name: string, where: Where) => void;

/** `rows`: those that are drawn, in their order. */
export function useMoves(rows: readonly RouteRow[], edit: Edit): Move {
  const moves = useRef(Promise.resolve());
  const move = async (name: string, where: Where): Promise<void> => {
    const now = await ask<Answer<'routes'>>('/api/routes').then(
      ({ routes }) => inOrder(routes),
      // What is wrong is told by the change itself.
      () => rows,
    );
    for (const { name: each, priority } of prioritiesWith(now, name, where)) {
      const isDone = await edit.send(pathOf(each), { method: 'POST', body: { priority } });
      if (!isDone) return;
    }
  };
  return (name, where) => {
    moves.current = moves.current.then(() => move(name, where));
  };
}

export const pathOf = (name: string): string => `/api/routes/${encodeURIComponent(name)}`;

export const inOrder = (routes: readonly RouteRow[]): readonly RouteRow[] =>
  routes.toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));

/** The rules whose priority changes when one of them is moved, each with its new one. */
function prioritiesWith(
  rows: readonly RouteRow[],
  moved: string,
  where: Where,
): readonly Pick<RouteRow, 'name' | 'priority'>[] {
  const placeOf = (name: string): number => rows.findIndex((row) => row.name === name);
  const row = rows[placeOf(moved)];
  const to = typeof where === 'string' ? placeOf(where) : placeOf(moved) + where;
  if (row === undefined || to < 0) return [];
  const ordered = rows.filter(({ name }) => name !== moved).toSpliced(to, 0, row);
  return ordered
    .map(({ name }, index) => ({ name, priority: (index + 1) * PRIORITY_STEP }))
    .filter(({ priority }, index) => priority !== ordered[index]?.priority);
}
