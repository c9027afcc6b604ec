// A table of a few columns. Where they have not room enough they move together; on a phone, and where that does not help,
// each row becomes a block of its own: what names it, and under that the other cells, each behind the title of its column.
// biome-ignore-all lint/a11y/noRedundantRoles: Safari forgets a table's rows and cells when they are laid out as blocks

import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Scrolls } from './states.tsx';
import { useStill } from './still.ts';

export interface TableColumn<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Shown while the pointer rests on the cell. */
  readonly hint?: (row: Row) => string;
  /** What the row is called; without it, the cell is one of its figures or facts. */
  readonly isName?: boolean;
  readonly isNumber?: boolean;
  /** What rows can be put in order by, the most first. */
  readonly order?: (row: Row) => number;
  /** Buttons: their column's title is heard, not seen. */
  readonly isTools?: boolean;
  /** Of the cells, for a look of their own. */
  readonly look?: string;
}

/** By the column of which title rows are in order, and what chooses another one. */
interface Sort {
  readonly by: string;
  readonly choose: (title: string) => void;
}

export function PlainTable<Row>(props: {
  /** What it lists. */
  readonly label: string;
  readonly columns: readonly TableColumn<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  readonly isOld?: boolean;
  /** It is kept fresh, and its order changes: not while somebody is at it. */
  readonly isLive?: boolean;
  readonly sort?: Sort;
  readonly look?: string;
  readonly testId?: string;
}) {
  const { label, columns, keyOf, isOld = false, isLive = false, look = '', sort, testId } = props;
  const order = columns.find(({ title }) => title === sort?.by)?.order;
  const arranged =
    order === undefined ? props.rows : props.rows.toSorted((one, other) => order(other) - order(one));
  // Whoever asks for another order is at the table, and wants to see it.
  const orderedBy = useRef(sort?.by);
  const isNewOrder = orderedBy.current !== sort?.by;
  orderedBy.current = sort?.by;
  const still = useStill(arranged, keyOf, isOld || isNewOrder);
  const rows = isLive ? still.rows : arranged;
  const table = useRef<HTMLTableElement>(null);
  const classes = ['plain-table', 'stacks', useFit(table), look, ...(sort === undefined ? [] : ['sorts'])];
  return (
    <Scrolls label={label} isOld={isOld} {...(isLive && { place: still.place })}>
      <table ref={table} role="table" class={classes.join(' ')} data-testid={testId}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <HeadCell key={column.title} column={column} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row">
              {columns.map((column) => (
                <Cell key={column.title} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}

const PHONE = '(max-width: 760px)';

type Fit = 'whole' | 'tight' | 'stacked';

/** How much room its columns have. What they need, so and so, is known once they were too wide for their place. */
function useFit(table: RefObject<HTMLTableElement | null>): Fit {
  const [isPhone, setPhone] = useState(() => matchMedia(PHONE).matches);
  const [widthPx, setWidth] = useState(Number.POSITIVE_INFINITY);
  const [neededPx, setNeeded] = useState({ whole: 0, tight: 0 });
  const isTight = widthPx < neededPx.whole;
  const fit = isPhone || (isTight && widthPx < neededPx.tight) ? 'stacked' : isTight ? 'tight' : 'whole';
  useLayoutEffect(() => {
    const place = table.current?.parentElement;
    if (place == null) return;
    const observer = new ResizeObserver(() => {
      setPhone(matchMedia(PHONE).matches);
      setWidth(place.clientWidth);
    });
    observer.observe(place);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const place = table.current?.parentElement;
    if (place == null || fit === 'stacked' || place.scrollWidth <= place.clientWidth) return;
    setWidth(place.clientWidth);
    setNeeded({ ...neededPx, [fit]: place.scrollWidth });
  });
  return fit;
}

function HeadCell<Row>(props: { readonly column: TableColumn<Row>; readonly sort: Sort | undefined }) {
  const { column, sort } = props;
  const { title } = column;
  const attributes = { role: 'columnheader', scope: 'col', class: classOf(column) } as const;
  if (sort === undefined || column.order === undefined)
    return <th {...attributes}>{column.isTools ? <span class="unseen">{title}</span> : title}</th>;
  const isSorted = sort.by === title;
  return (
    <th {...attributes} aria-sort={isSorted ? 'descending' : 'none'}>
      <button type="button" onClick={() => sort.choose(title)}>
        {title}
        {isSorted && <span aria-hidden="true"> ↓</span>}
      </button>
    </th>
  );
}

function Cell<Row>({ column, row }: { readonly column: TableColumn<Row>; readonly row: Row }) {
  const attributes = { class: classOf(column), title: column.hint?.(row) };
  if (column.isName)
    return (
      <th role="rowheader" scope="row" {...attributes}>
        {column.cell(row)}
      </th>
    );
  return (
    <td role="cell" {...attributes} data-title={column.isTools ? undefined : column.title}>
      {column.cell(row)}
    </td>
  );
}

function classOf({ isNumber, isTools, look }: Pick<TableColumn<never>, 'isNumber' | 'isTools' | 'look'>) {
  const classes = [isNumber && 'number', isTools && 'tools-cell', look].filter(Boolean);
  return classes.length === 0 ? undefined : classes.join(' ');
}
