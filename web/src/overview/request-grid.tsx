// The request table: windowed, so that ten thousand rows scroll like ten, and walked by the arrow keys.

import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RequestRecord } from '../../../src/dashboard/contract.ts';
import { serverClock } from '../data/server-clock.ts';
import { Name } from '../parts/name.tsx';
import { isPointedAt } from '../parts/still.ts';
import { modelOf, outcomeTone, outcomeWords } from './record-words.ts';
import type { Column } from './request-columns.tsx';
import type { Sort } from './use-requests.ts';

const ROW_PIXELS = 36;
const NARROW_ROW_PIXELS = 60;
/** Of the table before it is drawn. */
const HEIGHT = 600;
/** Rows drawn beyond what is in sight, on each side. */
const MARGIN_ROWS = 12;
const NEAR_END_ROWS = 20;
const TICK_MS = 1000;

interface GridProps {
  readonly records: readonly RequestRecord[];
  readonly columns: readonly Column[];
  readonly sort: Sort;
  readonly onSort: (by: Sort) => void;
  readonly openId: string | null;
  readonly onOpen: (id: string) => void;
  readonly onNearEnd: () => void;
  readonly hasMore: boolean;
}

export function RequestGrid(props: GridProps) {
  const { records, columns, openId } = props;
  const place = useRef<HTMLDivElement>(null);
  const isNarrow = useNarrow();
  const nowMs = useNow(records.some(({ outcome }) => outcome === 'in_flight'));
  const rowPixels = isNarrow ? NARROW_ROW_PIXELS : ROW_PIXELS;
  const { first, last, scroll } = useDrawn(place, records.length, rowPixels);
  const drawn = records.slice(first, last);
  const [focusedId, setFocusedId] = useState<string | null>(null);
  const isDrawn = (id: string | null): boolean => drawn.some((record) => record.id === id);
  /** The one row that Tab leads to. */
  const reached = [openId, focusedId].find(isDrawn) ?? drawn[0]?.id;
  useOpenRow(place, records, openId, rowPixels);
  const held = useHeldPlace(place, records, rowPixels);
  useEffect(() => {
    if (props.hasMore && last > records.length - NEAR_END_ROWS) props.onNearEnd();
  }, [last, records.length, props.hasMore]);
  return (
    <div
      ref={place}
      class={isNarrow ? 'grid narrow' : 'grid'}
      role="grid"
      aria-label="Requests"
      aria-rowcount={props.hasMore ? -1 : records.length + 1}
      aria-colcount={columns.length}
      onScroll={scroll}
      onWheel={held.stay}
      onPointerDown={held.stay}
      onKeyDown={held.stay}
      onMouseLeave={held.leave}
      style={{ '--columns': isNarrow ? '' : columns.map(({ width }) => width).join(' ') }}
    >
      <div class="grid-head" role="row" aria-rowindex={1}>
        {columns.map((column) => (
          <HeadCell key={column.name} column={column} sort={props.sort} onSort={props.onSort} />
        ))}
      </div>
      <div role="rowgroup" style={{ height: `${records.length * rowPixels}px` }}>
        <div style={{ transform: `translateY(${first * rowPixels}px)` }}>
          {drawn.map((record, offset) => (
            <div
              key={record.id}
              role="row"
              class={record.id === openId ? 'grid-row open' : 'grid-row'}
              data-id={record.id}
              aria-rowindex={first + offset + 2}
              aria-selected={record.id === openId}
              tabIndex={record.id === reached ? 0 : -1}
              onFocus={() => setFocusedId(record.id)}
              onClick={() => props.onOpen(record.id)}
              onKeyDown={(event) => press(event, () => props.onOpen(record.id))}
            >
              {isNarrow ? (
                <NarrowRow record={record} columns={columns} nowMs={nowMs} />
              ) : (
                columns.map(({ name, isNumber, cell }) => (
                  <div key={name} role="gridcell" class={isNumber ? `number ${name}` : name}>
                    {cell(record, nowMs)}
                  </div>
                ))
              )}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

type Place = RefObject<HTMLDivElement | null>;

/** Which rows are drawn: those in sight, and some around them. */
function useDrawn(place: Place, count: number, rowPixels: number) {
  const [top, setTop] = useState(0);
  const height = place.current?.clientHeight ?? HEIGHT;
  return {
    first: Math.max(0, Math.floor(top / rowPixels) - MARGIN_ROWS),
    last: Math.min(count, Math.ceil((top + height) / rowPixels) + MARGIN_ROWS),
    scroll: (event: { readonly currentTarget: HTMLElement }): void => setTop(event.currentTarget.scrollTop),
  };
}

/** The open row stays in sight while the drawer walks on; once it is shut, the keyboard is where it was last. */
function useOpenRow(
  place: Place,
  records: readonly RequestRecord[],
  openId: string | null,
  rowPixels: number,
): void {
  const before = useRef<string | null>(null);
  useEffect(() => {
    const grid = place.current;
    const id = openId ?? before.current;
    before.current = openId;
    if (grid === null || id === null) return;
    const index = records.findIndex((record) => record.id === id);
    const head = grid.querySelector<HTMLElement>('.grid-head')?.offsetHeight ?? 0;
    const lowest = (index + 1) * rowPixels + head - grid.clientHeight;
    if (index >= 0) grid.scrollTop = Math.max(lowest, Math.min(grid.scrollTop, index * rowPixels));
    if (openId !== null) return;
    const row = grid.querySelector<HTMLElement>(`[data-id="${id}"]`);
    (row ?? grid.querySelector<HTMLElement>('.grid-row'))?.focus({ preventScroll: true });
  }, [openId]);
}

/**
 * What somebody has scrolled to, or points at, stays where it is while new rows come on top. Once the pointer has left
 * without having scrolled or pressed, the newest are in sight again.
 */
function useHeldPlace(place: Place, records: readonly RequestRecord[], rowPixels: number) {
  const first = useRef<string | null>(null);
  const isPassing = useRef(false);
  useLayoutEffect(() => {
    const grid = place.current;
    const added = records.findIndex(({ id }) => id === first.current);
    first.current = records[0]?.id ?? null;
    if (grid === null || added <= 0) return;
    const isAtTop = grid.scrollTop === 0;
    if (isAtTop && !isPointedAt(grid)) return;
    isPassing.current ||= isAtTop;
    grid.scrollTop += added * rowPixels;
  }, [records]);
  return {
    stay: (): void => {
      isPassing.current = false;
    },
    leave: (): void => {
      if (isPassing.current && place.current !== null) place.current.scrollTop = 0;
      isPassing.current = false;
    },
  };
}

function press(event: KeyboardEvent, open: () => void): void {
  const row = event.currentTarget as HTMLElement;
  if (event.key === 'Enter' || event.key === ' ') open();
  else if (event.key === 'ArrowDown') (row.nextElementSibling as HTMLElement | null)?.focus();
  else if (event.key === 'ArrowUp') (row.previousElementSibling as HTMLElement | null)?.focus();
  else return;
  event.preventDefault();
}

function HeadCell(props: {
  readonly column: Column;
  readonly sort: Sort;
  readonly onSort: (by: Sort) => void;
}) {
  const { label, isNumber, sort } = props.column;
  const isSorted = sort === props.sort;
  return (
    <div
      role="columnheader"
      class={isNumber ? 'number' : ''}
      {...(sort !== undefined && { 'aria-sort': isSorted ? 'descending' : 'none' })}
    >
      {sort === undefined ? (
        label
      ) : (
        <button type="button" onClick={() => props.onSort(sort)}>
          {label}
          {isSorted && <span aria-hidden="true"> ↓</span>}
        </button>
      )}
    </div>
  );
}

/** Where there is room, what else of a row stands in its first line. */
const FIGURES = ['input', 'output', 'took'];

/** Two lines: what and how much; who and how it ended. */
function NarrowRow(props: {
  readonly record: RequestRecord;
  readonly columns: readonly Column[];
  readonly nowMs: number;
}) {
  const { record, columns, nowMs } = props;
  const cell = (name: string) => columns.find((column) => column.name === name)?.cell(record, nowMs);
  return (
    <div role="gridcell" class="narrow-cell">
      <span class="model">{modelOf(record)}</span>
      <span class="figures">
        {columns
          .filter(({ name }) => FIGURES.includes(name))
          .map(({ name, label }) => (
            <span key={name}>
              {label} <b>{cell(name)}</b>
            </span>
          ))}
      </span>
      <span class="cost">{cell('cost')}</span>
      <span class="time">{cell('time')}</span>
      <span class="app">
        <Name text={record.app} isOneLine />
      </span>
      <span class="tag">{cell('tag')}</span>
      <span class={`result pill ${outcomeTone(record)}`}>{outcomeWords(record)}</span>
    </div>
  );
}

/** All columns of the standard fit into a wider one. */
const NARROW = '(max-width: 1060px)';

function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useLayoutEffect(() => {
    const query = matchMedia(NARROW);
    const update = (): void => setNarrow(query.matches);
    query.addEventListener('change', update);
    return () => query.removeEventListener('change', update);
  }, []);
  return isNarrow;
}

/** The time, once a second while something waits. */
function useNow(isRunning: boolean): number {
  const [nowMs, setNowMs] = useState(serverClock.now);
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setNowMs(serverClock.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  return nowMs;
}
