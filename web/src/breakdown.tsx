// What the range's cost came from: the dearest first, each with its share as a bar.

import type { BreakdownRow } from '../../src/dashboard/contract.ts';
import { count, usd } from './format.ts';

export function Breakdown({ title, rows }: { title: string; rows: readonly BreakdownRow[] }) {
  const dearest = Math.max(1, ...rows.map((row) => row.costNanoUsd));
  return (
    <section class="card">
      <div class="breakdown-head">
        <h2>{title}</h2>
        <span>Requests</span>
        <span>Cost</span>
      </div>
      {rows.length === 0 && <p class="nothing">Nothing in this range.</p>}
      <ul class="breakdown">
        {rows.map((row) => (
          <li key={row.key ?? ''}>
            <span class="bar" style={{ width: `${(100 * row.costNanoUsd) / dearest}%` }} />
            <span class="name" title={row.key ?? undefined}>
              {row.key ?? '(none)'}
            </span>
            <span class="requests">{count(row.requests)}</span>
            <span class="cost">
              {row.costNanoUsd === 0 && row.unpricedRequests > 0 ? 'unknown' : usd(row.costNanoUsd)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
