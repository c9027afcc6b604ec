// Holds what reports and budgets tell from sums against the rows themselves, over a folder that bench/every-call.ts kept.
// Usage: node bench/against-rows.ts --folder DIR

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import type { RequestFilter } from '../src/core/analytics.ts';
import { SHARES_MAX } from '../src/ledger/ports.ts';
import { SqlReports } from '../src/storage/sql/reports.ts';
import { filterSql } from '../src/storage/sql/request-filter.ts';
import { SqliteBudgetBank } from '../src/storage/sqlite/budget-bank.ts';
import { databasePath } from '../src/storage/sqlite/database.ts';
import { readerOf } from '../src/storage/sqlite/reader.ts';

const DAY_MS = 86_400_000;
const LIMIT = 50;
const { values } = parseArgs({ options: { folder: { type: 'string' } } });
if (values.folder === undefined) throw new Error('--folder says where the records are');
const database = new DatabaseSync(databasePath(values.folder), { readOnly: true });
const reader = readerOf(database);
const reports = new SqlReports(reader);
const bank = new SqliteBudgetBank(database);
const rows = (sql: string, ...given: readonly (string | number)[]) => database.prepare(sql).all(...given);

const [newest] = rows('SELECT max(started_at_ms) AS ms FROM requests');
const nowMs = Number(newest?.ms) + 1;
const RANGES = [
  { fromMs: nowMs - DAY_MS, toMs: nowMs },
  { fromMs: nowMs - 20 * DAY_MS, toMs: nowMs - 11.4 * DAY_MS },
  { fromMs: nowMs - 30 * DAY_MS, toMs: nowMs },
];
const FILTERS: readonly RequestFilter[] = [
  {},
  { app: 'codex' },
  { model: 'gpt-5' },
  { outcome: 'failed' },
  { tag: 'team=growth', key: 'ci' },
  { app: 'nightly', model: 'gpt-5', outcome: 'failed' },
  { app: 'nobody' },
];
let held = 0;
let bounded = 0;
for (const range of RANGES) {
  for (const filter of FILTERS) {
    const { sql, values: given } = filterSql(filter, reader.like);
    const where = `FROM requests WHERE started_at_ms >= ? AND started_at_ms < ?${sql}`;
    const asked = [range.fromMs, range.toMs, ...given];
    const said = JSON.stringify({ range, filter });

    const [all] = rows(`SELECT count(*) AS n, total(cost_nano_usd) AS cost ${where}`, ...asked);
    const { requests, costNanoUsd } = await reports.summary(range, filter);
    assert.deepEqual([requests, costNanoUsd], [Number(all?.n), Number(all?.cost)], said);

    const models = rows(
      `SELECT coalesce(model_used, model_requested) AS key, total(cost_nano_usd) AS cost ${where}
      GROUP BY 1 ORDER BY cost DESC`,
      ...asked,
    );
    assert.deepEqual(
      (await reports.breakdown(range, 'model', LIMIT, filter)).map((row) => [row.key, row.costNanoUsd]),
      models.map(({ key, cost }) => [key, cost]),
      said,
    );

    const dearest = rows(
      `SELECT id ${where} ORDER BY coalesce(cost_nano_usd, -1) DESC, id DESC LIMIT ${LIMIT}`,
      ...asked,
    );
    const page = await reports.requests({ range, filter, sort: 'cost', limit: LIMIT, cursor: null });
    assert.deepEqual(
      page.records.map(({ id }) => id),
      dearest.map(({ id }) => id),
      said,
    );

    const sessions = rows(
      `SELECT session, total(cost_nano_usd) AS cost, count(*) AS n ${where}
      GROUP BY session ORDER BY cost DESC, n DESC, coalesce(session, '') LIMIT ${LIMIT}`,
      ...asked,
    );
    const found = await reports.dearestSessions(range, LIMIT, filter);
    const figures = found.rows.map((row) => [row.key, row.costNanoUsd]);
    const expected = sessions.map(({ session, cost }) => [session, cost]);
    if (found.ofDearest === null) assert.deepEqual(figures, expected, said);
    else bounded += 1;
    held += 1;
  }
  for (const app of [null, 'codex']) {
    const scope = { app, model: null, tag: null };
    const [spent] = await bank.spentSoFar([{ scope, ...range, unsettledIds: [] }]);
    const [counted] = rows(
      `SELECT total(cost_nano_usd) AS cost, count(*) FILTER (WHERE cost_nano_usd IS NULL AND outcome <> 'refused') AS unpriced
        FROM requests WHERE coalesce(reserved_at_ms, started_at_ms) >= ? AND coalesce(reserved_at_ms, started_at_ms) < ?
          AND outcome <> 'in_flight' AND (?3 IS NULL OR app = ?3)`,
      ...([range.fromMs, range.toMs, app] as (string | number)[]),
    );
    assert.deepEqual(
      [spent?.costNanoUsd, spent?.unpricedRequests],
      [Number(counted?.cost), Number(counted?.unpriced)],
    );
    held += 1;
  }
  const each = { scope: { app: null, model: null, tag: null }, per: 'session' } as const;
  const [{ shares = [] } = {}] = await bank.spentSoFar([{ ...each, ...range, unsettledIds: [] }]);
  const paid = rows(
    `SELECT session, total(cost_nano_usd) AS cost FROM requests
      WHERE coalesce(reserved_at_ms, started_at_ms) >= ? AND coalesce(reserved_at_ms, started_at_ms) < ?
        AND outcome <> 'in_flight' GROUP BY session`,
    ...[range.fromMs, range.toMs],
  );
  const costs = new Map(paid.map(({ session, cost }) => [session, Number(cost)]));
  for (const { share, costNanoUsd } of shares) assert.equal(costNanoUsd, costs.get(share), String(share));
  const dearest = [...costs.values()].filter((cost) => cost > 0).sort((one, other) => other - one);
  assert.deepEqual(
    shares.map(({ costNanoUsd }) => costNanoUsd).filter((cost) => cost > 0),
    dearest.slice(0, SHARES_MAX),
  );
  held += 1;
}
console.log(
  `${held} questions are answered as the rows answer them; of ${bounded} the sessions were looked for among the dearest only`,
);
