// The dearest first, each with its share as a bar. A click narrows the page to it.

import type { BreakdownRow } from '../../../src/dashboard/contract.ts';
import { count, usd, usdBrief } from '../format.ts';
import { Name } from './name.tsx';
import { useStill } from './still.ts';

export function TopList(props: {
  readonly rows: readonly BreakdownRow[];
  readonly noun: string;
  readonly onChoose?: (key: string) => void;
  readonly isOld?: boolean;
}) {
  const { noun, onChoose, isOld = false } = props;
  const { rows, place } = useStill(props.rows, ({ key }) => key ?? '', isOld);
  const dearest = Math.max(1, ...rows.map((row) => row.costNanoUsd));
  if (rows.length === 0) return <p class="quiet-line">Nothing in this span.</p>;
  return (
    <ol class="top-list" {...place}>
      {rows.map((row) => {
        const name = row.key ?? `no ${noun}`;
        return (
          <li key={row.key ?? ''}>
            <span class="bar" style={{ width: `${(100 * row.costNanoUsd) / dearest}%` }} />
            {row.key !== null && onChoose !== undefined ? (
              <button
                type="button"
                class="name"
                title={`Only ${name}`}
                onClick={() => onChoose(row.key ?? '')}
              >
                <Name text={name} isOneLine />
              </button>
            ) : (
              <span class="name" title={name}>
                <Name text={name} isOneLine />
              </span>
            )}
            <span class="requests">{count(row.requests)}</span>
            <span class="cost" title={usd(row.costNanoUsd)}>
              {row.costNanoUsd === 0 && row.unpricedRequests > 0 ? 'unknown' : usdBrief(row.costNanoUsd)}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
