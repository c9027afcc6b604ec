// The rows that a report adds up: sums of whole grains, the records at a span's ends, and what runs.

import type { TimeRange } from '../../core/analytics.ts';
import type { Span } from '../rollup/grains.ts';
import { SUM_COLUMNS } from '../rollup/rollup-batch.ts';
import { keysWhere, type Place, type Sql } from './rollup-places.ts';

export const IN_FLIGHT = `outcome = 'in_flight'`;
const ALL_SUMS = `${SUM_COLUMNS.join(', ')}, 0 AS in_flight`;

/** `figures` are what is read of a roll-up. */
export function rollupParts(
  { kind, dimension, values }: Place,
  { segments }: Span,
  filter: Sql,
  wanted: readonly string[],
  figures = ALL_SUMS,
): Sql {
  const columns = wanted.map((name, index) => {
    if (dimension !== null) return index === 0 ? `, nullif(value, '') AS ${name}` : `, NULL AS ${name}`;
    return name === 'session' ? `, nullif(session, '') AS session` : `, ${name}`;
  });
  const isKeyed = kind === 'keyed' || kind === 'session_keyed';
  const isOfKeys = kind === 'keyed' && wanted.length === 0;
  const isJoined = isKeyed && !isOfKeys && values === null;
  const from = `FROM rollup_${kind}${isJoined ? ' JOIN rollup_keys ON rollup_keys.id = key_id' : ''}`;
  const narrowed = isOfKeys ? { ...filter, sql: ` AND ${keysWhere(filter.sql)}` } : (values ?? filter);
  const which = dimension === null ? '' : `dimension = '${dimension}' AND `;
  return unionOf(
    segments.map(({ grainMs, fromMs, toMs }) => ({
      sql: `SELECT bucket_ms AS at_ms, ${figures}${columns.join('')} ${from}
        WHERE ${which}grain_ms = ? AND bucket_ms >= ? AND bucket_ms < ?${narrowed.sql}`,
      values: [grainMs, fromMs, toMs, ...narrowed.values],
    })),
  );
}

export function edgeParts({ edges }: Span, filter: Sql, columns: string): Sql {
  return recordsIn(edges, `outcome <> 'in_flight'`, filter, columns);
}

export function recordsIn(ranges: readonly TimeRange[], which: string, filter: Sql, columns: string): Sql {
  // What runs is found by an index of its own, however long the range: the sign keeps SQLite from the other one.
  const startedAt = which === IN_FLIGHT ? '+started_at_ms' : 'started_at_ms';
  return unionOf(
    ranges.map(({ fromMs, toMs }) => ({
      sql: `SELECT started_at_ms AS at_ms, ${columns} FROM requests
        WHERE ${which} AND ${startedAt} >= ? AND ${startedAt} < ?${filter.sql}`,
      values: [fromMs, toMs, ...filter.values],
    })),
  );
}

export function unionOf(parts: readonly Sql[]): Sql {
  const some = parts.filter(({ sql }) => sql !== '');
  return {
    sql: some.map(({ sql }) => sql).join(' UNION ALL '),
    values: some.flatMap(({ values }) => values),
  };
}
