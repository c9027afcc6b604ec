// What each part of the traffic cost, and its share of the whole.

import type { BreakdownRow } from '../../../src/dashboard/contract.ts';
import { count, percent, usd } from '../format.ts';
import { Name } from '../parts/name.tsx';
import { PlainTable, type TableColumn } from '../parts/plain-table.tsx';

interface CostTableProps {
  readonly rows: readonly BreakdownRow[];
  readonly totalNanoUsd: number;
  /** What a row is: `Tag`, `Application`. */
  readonly title: string;
  readonly onDrill: (key: string) => void;
  readonly isOld: boolean;
}

export function CostTable(props: CostTableProps) {
  return (
    <PlainTable
      label="Costs"
      rows={props.rows}
      keyOf={({ key }) => key ?? ''}
      columns={columnsOf(props)}
      isOld={props.isOld}
      isLive
    />
  );
}

function columnsOf({ title, totalNanoUsd, onDrill }: CostTableProps): readonly TableColumn<BreakdownRow>[] {
  const share = ({ costNanoUsd }: BreakdownRow): number =>
    totalNanoUsd === 0 ? 0 : costNanoUsd / totalNanoUsd;
  return [
    {
      title,
      isName: true,
      cell: ({ key }) =>
        key === null ? (
          `no ${title.toLowerCase()}`
        ) : (
          <button type="button" class="link" onClick={() => onDrill(key)}>
            <Name text={key} />
          </button>
        ),
    },
    { title: 'Cost', isNumber: true, cell: wholeCost },
    {
      title: 'Share',
      isNumber: true,
      cell: (row) => (totalNanoUsd === 0 || isUnknown(row) ? '–' : percent(share(row))),
    },
    {
      title: 'Share as a bar',
      isTools: true,
      look: 'share-cell',
      cell: (row) => <i class="share" style={{ '--share': `${100 * share(row)}%` }} />,
    },
    { title: 'Requests', isNumber: true, cell: ({ requests }) => count(requests) },
    { title: 'A request', isNumber: true, cell: eachWords },
    { title: 'Input', isNumber: true, cell: ({ inputTokens }) => count(inputTokens) },
    { title: 'Output', isNumber: true, cell: ({ outputTokens }) => count(outputTokens) },
  ];
}

function wholeCost(row: BreakdownRow) {
  const { costNanoUsd, unpricedRequests } = row;
  return (
    <>
      {costWords(row)}
      {unpricedRequests > 0 && costNanoUsd > 0 && (
        <span class="unpriced">and {count(unpricedRequests)} unpriced</span>
      )}
    </>
  );
}

/** What is not known is not called nothing. */
export const isUnknown = ({ costNanoUsd, unpricedRequests }: BreakdownRow): boolean =>
  unpricedRequests > 0 && costNanoUsd === 0;

function costWords(row: BreakdownRow): string {
  return isUnknown(row) ? 'unknown' : usd(row.costNanoUsd);
}

function eachWords(row: BreakdownRow): string {
  const priced = row.requests - row.unpricedRequests;
  return priced === 0 || isUnknown(row) ? 'unknown' : usd(Math.round(row.costNanoUsd / priced));
}
