// Every request of the span, newest first: windowed, so that ten thousand rows scroll like ten, with a drawer that
// holds one of them.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RequestRecord } from '../../../src/dashboard/contract.ts';
import type { Address, Go } from '../address.ts';
import { count, moment } from '../format.ts';
import { Button } from '../parts/controls.tsx';
import { Name } from '../parts/name.tsx';
import { Card, Nothing, OnlySums, Pending } from '../parts/states.tsx';
import { ColumnMenu } from './column-menu.tsx';
import { modelOf, outcomeTone, outcomeWords } from './record-words.ts';
import { type Column, useColumns } from './request-columns.tsx';
import { RequestDrawer } from './request-drawer.tsx';
import { type Sort, useRequests } from './use-requests.ts';

const ROW_PIXELS = 36;
const NARROW_ROW_PIXELS = 60;
/** Rows drawn beyond what is in sight, on each side. */
const MARGIN_ROWS = 12;
const SKELETON_HEIGHT = 420;
const NEAR_END_ROWS = 20;
const TICK_MS = 1000;
const SORTS: readonly Sort[] = ['time', 'cost', 'latency', 'tokens'];

export function Requests({ address, go }: { readonly address: Address; readonly go: Go }) {
  const [isPaused, setPaused] = useState(false);
  const [columns, toggleColumn] = useColumns();
  const sort = SORTS.find((each) => each === address.rest.sort) ?? 'time';
  const filters = useMemo(() => address.filters, [JSON.stringify(address.filters)]);
  const rows = useRequests({ span: address.span, filters, sort, isPaused });
  const { records } = rows;
  const heldBack = rows.heldBack + rows.passedBy;
  const openId = address.rest.request ?? null;
  const open = useCallback((id: string | null) => go({ rest: { request: id } }, 'replace'), [go]);
  const walk = (step: 1 | -1): void => {
    const index = (records ?? []).findIndex(({ id }) => id === openId);
    const next = records?.[index + step];
    if (next !== undefined) open(next.id);
  };
  return (
    <Card
      title="Requests"
      testId="recent"
      isFlush
      tools={
        <>
          {rows.passedBy > 0 && !isPaused && (
            <span
              class="quiet-line passed-by"
              title="They came too fast to be listed one by one: the list catches up every few seconds."
            >
              {count(rows.passedBy)} more to list
            </span>
          )}
          <Button
            kind="quiet"
            aria-pressed={isPaused}
            onClick={() => setPaused(!isPaused)}
            disabled={sort !== 'time'}
          >
            {isPaused ? `Resume${heldBack > 0 ? ` (${count(heldBack)} new)` : ''}` : 'Pause'}
          </Button>
          <ColumnMenu shown={columns} onToggle={toggleColumn} />
        </>
      }
    >
      <Pending
        of={{ ...rows, value: records }}
        what="The requests cannot be loaded"
        height={SKELETON_HEIGHT}
      />
      {records !== null && records.length === 0 && rows.searchedBackToMs === null && (
        <Nothing title="No request fits">
          <p>Take a filter away, or choose a longer span.</p>
        </Nothing>
      )}
      {records !== null && records.length > 0 && (
        <Grid
          records={records}
          columns={columns}
          sort={sort}
          onSort={(by) => go({ rest: { sort: by === 'time' ? null : by } }, 'replace')}
          openId={openId}
          onOpen={open}
          onNearEnd={rows.loadMore}
          hasMore={rows.hasMore && rows.searchedBackToMs === null}
        />
      )}
      {records !== null && rows.searchedBackToMs !== null && (
        <p class="quiet-line searched" role="status">
          <span>
            {records.length === 0 ? 'Nothing found so far. ' : ''}Looked at every request back to{' '}
            {moment(rows.searchedBackToMs)}, the newest first.
          </span>
          <Button onClick={rows.loadMore}>Look further back</Button>
        </p>
      )}
      {!rows.hasMore && <OnlySums rowsFromMs={rows.rowsFromMs} />}
      {openId !== null && (
        <RequestDrawer
          id={openId}
          known={records?.find(({ id }) => id === openId) ?? null}
          onClose={() => open(null)}
          onWalk={walk}
          go={go}
        />
      )}
    </Card>
  );
}

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

function Grid(props: GridProps) {
  const { records, columns, openId, onOpen } = props;
  const place = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const isNarrow = useNarrow();
  const nowMs = useNow(records.some(({ outcome }) => outcome === 'in_flight'));
  const rowPixels = isNarrow ? NARROW_ROW_PIXELS : ROW_PIXELS;
  const height = place.current?.clientHeight ?? 600;
  const first = Math.max(0, Math.floor(top / rowPixels) - MARGIN_ROWS);
  const last = Math.min(records.length, Math.ceil((top + height) / rowPixels) + MARGIN_ROWS);
  const template = isNarrow ? '' : columns.map(({ width }) => width).join(' ');

  useEffect(() => {
    if (props.hasMore && last > records.length - NEAR_END_ROWS) props.onNearEnd();
  }, [last, records.length, props.hasMore]);

  const press = (event: KeyboardEvent, index: number): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const target = records[index + step];
    if (step !== 0 && target !== undefined) {
      event.preventDefault();
      const row = place.current?.querySelector<HTMLElement>(`[data-id="${target.id}"]`);
      row?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      const record = records[index];
      if (record !== undefined) onOpen(record.id);
    }
  };

  return (
    <div
      ref={place}
      class={isNarrow ? 'grid narrow' : 'grid'}
      role="grid"
      aria-label="Requests"
      aria-rowcount={props.hasMore ? -1 : records.length + 1}
      aria-colcount={columns.length}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      style={{ '--columns': template }}
    >
      <div class="grid-head" role="row" aria-rowindex={1}>
        {columns.map((column) => (
          <HeadCell key={column.name} column={column} sort={props.sort} onSort={props.onSort} />
        ))}
      </div>
      <div role="rowgroup" style={{ height: `${records.length * rowPixels}px` }}>
        <div style={{ transform: `translateY(${first * rowPixels}px)` }}>
          {records.slice(first, last).map((record, offset) => (
            <div
              key={record.id}
              role="row"
              class={record.id === openId ? 'grid-row open' : 'grid-row'}
              data-id={record.id}
              aria-rowindex={first + offset + 2}
              aria-selected={record.id === openId}
              tabIndex={record.id === openId || (openId === null && first + offset === 0) ? 0 : -1}
              onClick={() => onOpen(record.id)}
              onKeyDown={(event) => press(event, first + offset)}
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
      <span class="cost">{cell('cost')}</span>
      <span class="time">{cell('time')}</span>
      <span class="app">
        <Name text={record.app} isOneLine />
      </span>
      <span class={`pill ${outcomeTone(record)}`}>{outcomeWords(record)}</span>
    </div>
  );
}

const NARROW = '(max-width: 760px)';

function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const update = (): void => setNarrow(query.matches);
    query.addEventListener('change', update);
    return () => query.removeEventListener('change', update);
  }, []);
  return isNarrow;
}

/** The time, once a second while something waits. */
function useNow(isRunning: boolean): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  return nowMs;
}
