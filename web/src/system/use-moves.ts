// Routing rules on their way to another place. They stand there at once, and go back where the server refuses. Each move
// begins with what the moves before it have made of the order, not with the list that was drawn when somebody pressed
// the button.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Answer, RouteRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import type { Edit } from '../parts/edit.ts';

const PRIORITY_STEP = 10;

/** By so many places, or to the place of another. */
type Where = -1 | 1 | string;

export type Move = (name: string, where: Where) => void;

interface Moves {
  /** As they will stand. */
  readonly rows: readonly RouteRow[];
  readonly move: Move;
}

/** `routes`: what the server said last; `reload` asks it again. */
export function useMoves(routes: readonly RouteRow[], edit: Edit, reload: () => void): Moves {
  const moves = useRef(Promise.resolve());
  const underWay = useRef(0);
  const isAskedAgain = useRef(false);
  /** Names in the order that was asked for; null where the server has said how they stand. */
  const [asked, setAsked] = useState<readonly string[] | null>(null);
  const known = inOrder(routes);
  const rows = asked === null ? known : arranged(known, asked);
  // Two steps may be taken before either is drawn.
  const latest = useRef(rows);
  latest.current = rows;
  useEffect(() => {
    if (asked === null || underWay.current > 0) return;
    // An answer that was on its way before the last change says how they stood.
    if (rows.some(({ name }, index) => known[index]?.name !== name) && !isAskedAgain.current) {
      isAskedAgain.current = true;
      reload();
    } else setAsked(null);
  }, [routes]);
  /** How many changes were made; null where one was refused. */
  const send = async (name: string, where: Where): Promise<number | null> => {
    const now = await ask<Answer<'routes'>>('/api/routes').then(
      (answer) => inOrder(answer.routes),
      // What is wrong is told by the change itself.
      () => known,
    );
    const changes = changedPriorities(withMoved(now, name, where));
    for (const { name: each, priority } of changes) {
      const isDone = await edit.send(pathOf(each), { method: 'POST', body: { priority } });
      if (!isDone) return null;
    }
    return changes.length;
  };
  const move: Move = (name, where) => {
    latest.current = withMoved(latest.current, name, where);
    setAsked(latest.current.map((row) => row.name));
    underWay.current += 1;
    isAskedAgain.current = false;
    moves.current = moves.current.then(async () => {
      const changes = await send(name, where);
      underWay.current -= 1;
      // Where something has changed, the server's answer is on its way.
      if (changes === null || (changes === 0 && underWay.current === 0)) setAsked(null);
    });
  };
  return { rows, move };
}

export const pathOf = (name: string): string => `/api/routes/${encodeURIComponent(name)}`;

const inOrder = (routes: readonly RouteRow[]): readonly RouteRow[] =>
  routes.toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));

/** What was not asked about goes last. */
function arranged(rows: readonly RouteRow[], names: readonly string[]): readonly RouteRow[] {
  const placeOf = ({ name }: RouteRow): number => (names.includes(name) ? names.indexOf(name) : names.length);
  return rows.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function withMoved(rows: readonly RouteRow[], moved: string, where: Where): readonly RouteRow[] {
  const placeOf = (name: string): number => rows.findIndex((row) => row.name === name);
  const row = rows[placeOf(moved)];
  const to = typeof where === 'string' ? placeOf(where) : placeOf(moved) + where;
  if (row === undefined || to < 0) return rows;
  return rows.filter(({ name }) => name !== moved).toSpliced(to, 0, row);
}

/** The rules whose priority is another in this order, each with its new one. */
function changedPriorities(ordered: readonly RouteRow[]): readonly Pick<RouteRow, 'name' | 'priority'>[] {
  return ordered
    .map(({ name }, index) => ({ name, priority: (index + 1) * PRIORITY_STEP }))
    .filter(({ priority }, index) => priority !== ordered[index]?.priority);
}
