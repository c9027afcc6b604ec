// Every request of the span, newest first, with a drawer that holds one of them.

import { useCallback, useMemo, useState } from 'preact/hooks';
import type { Address, Go } from '../address.ts';
import { count, moment } from '../format.ts';
import { Button } from '../parts/controls.tsx';
import { Card, Nothing, OnlySums, Pending } from '../parts/states.tsx';
import { ColumnMenu } from './column-menu.tsx';
import { useColumns } from './request-columns.tsx';
import { RequestDrawer } from './request-drawer.tsx';
import { RequestGrid } from './request-grid.tsx';
import { type RequestRows, type Sort, useRequests } from './use-requests.ts';

const SKELETON_HEIGHT = 420;
const SORTS: readonly Sort[] = ['time', 'cost', 'latency', 'tokens'];

export function Requests({ address, go }: { readonly address: Address; readonly go: Go }) {
  const [isPaused, setPaused] = useState(false);
  const [columns, toggleColumn] = useColumns();
  const sort = SORTS.find((each) => each === address.rest.sort) ?? 'time';
  const filters = useMemo(() => address.filters, [JSON.stringify(address.filters)]);
  const rows = useRequests({ span: address.span, filters, sort, isPaused });
  const { records } = rows;
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
          <Feed rows={rows} isPaused={isPaused} onPause={setPaused} isLive={sort === 'time'} />
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
        <RequestGrid
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
      <SearchedBack rows={rows} />
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

/** Holds new rows back, or lets them in; says how many there are that are not listed. */
function Feed(props: {
  readonly rows: RequestRows;
  readonly isPaused: boolean;
  readonly onPause: (isPaused: boolean) => void;
  readonly isLive: boolean;
}) {
  const { isPaused } = props;
  const { heldBack, passedBy } = props.rows;
  const waiting = heldBack + passedBy;
  return (
    <>
      {passedBy > 0 && !isPaused && (
        <span
          class="quiet-line passed-by"
          title="They came too fast to be listed one by one: the list catches up every few seconds."
        >
          {count(passedBy)} more to list
        </span>
      )}
      <Button
        kind="quiet"
        aria-pressed={isPaused}
        onClick={() => props.onPause(!isPaused)}
        disabled={!props.isLive}
      >
        {isPaused ? `Resume${waiting > 0 ? ` (${count(waiting)} new)` : ''}` : 'Pause'}
      </Button>
    </>
  );
}

/** Where a text is looked for among very many requests. */
function SearchedBack({ rows }: { readonly rows: RequestRows }) {
  const { records, searchedBackToMs, loadMore } = rows;
  if (records === null || searchedBackToMs === null) return null;
  return (
    <p class="quiet-line searched" role="status">
      <span>
        {records.length === 0 ? 'Nothing found so far. ' : ''}Looked at every request back to{' '}
        {moment(searchedBackToMs)}, the newest first.
      </span>
      <Button onClick={loadMore}>Look further back</Button>
    </p>
  );
}
