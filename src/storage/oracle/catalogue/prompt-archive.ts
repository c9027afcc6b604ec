// The prompt archive's items.

import type { ItemQuery } from '../../../archive/ports.ts';
import { facetsOf } from '../../../core/tag.ts';
import { type BindType, itemsOf, type Statement, statement } from './statement.ts';

const PACKED = 'base_id, chain, key_id, raw_bytes, content';
const PACKED_BINDS = {
  base_id: 'name',
  chain: 'number',
  key_id: 'name',
  raw_bytes: 'number',
  content_bytes: 'number',
  content: 'bytes',
} as const;

export const PROMPT_ARCHIVE = {
  totals: statement(
    `SELECT COUNT(*) AS items, COALESCE(SUM(content_bytes), 0) AS bytes, COALESCE(SUM(raw_bytes), 0) AS raw_bytes,
      MIN(started_at_ms) AS oldest FROM prompt_items`,
  ),
  secret: statement('SELECT secret FROM prompt_state'),
  canaries: statement('SELECT key_id, canary FROM prompt_canaries'),
  skips: statement('SELECT reason, times FROM prompt_skips'),
  addCanary: statement('INSERT INTO prompt_canaries (key_id, canary) VALUES (:key_id, :canary)', {
    key_id: 'name',
    canary: 'bytes',
  }),
  addSkipped: statement(
    `MERGE INTO prompt_skips kept USING (SELECT :reason AS reason, :times AS times FROM dual) given
      ON (kept.reason = given.reason)
      WHEN MATCHED THEN UPDATE SET kept.times = kept.times + given.times
      WHEN NOT MATCHED THEN INSERT (reason, times) VALUES (given.reason, given.times)`,
    { reason: 'name', times: 'number' },
  ),
  /** Held until the item stands on it: who removes the base waits, or has removed it. */
  holdBase: statement('SELECT id FROM prompt_items WHERE id = :id FOR UPDATE', { id: 'name' }),
  add: statement(
    `INSERT INTO prompt_items (id, started_at_ms, app, tag, "SESSION", model, endpoint, turns, turns_digest, base_id,
        chain, key_id, raw_bytes, content_bytes, facts, words, content)
      VALUES (:id, :started_at_ms, :app, :tag, :in_session, :model, :endpoint, :turns, :turns_digest, :base_id,
        :chain, :key_id, :raw_bytes, :content_bytes, :facts, :words, :content)`,
    {
      id: 'name',
      started_at_ms: 'number',
      app: 'name',
      tag: 'name',
      in_session: 'name',
      model: 'name',
      endpoint: 'name',
      turns: 'number',
      turns_digest: 'name',
      ...PACKED_BINDS,
      facts: 'long',
      words: 'long',
    },
  ),
  item: statement(`SELECT facts, ${PACKED} FROM prompt_items WHERE id = :id`, { id: 'name' }),
  byPart: statement(
    `SELECT facts FROM prompt_items
      WHERE SUBSTR(id, 1, LENGTH(:part)) = :part OR SUBSTR(id, -LENGTH(:part)) = :part
      ORDER BY id FETCH FIRST 2 ROWS ONLY`,
    { part: 'name' },
  ),
  withTurns: statement(
    `SELECT id, started_at_ms, turns, facts FROM prompt_items
      WHERE turns_digest IN (SELECT item FROM ${itemsOf('digests')}) AND app = :app
        AND ("SESSION" = :in_session OR "SESSION" IS NULL AND :in_session IS NULL)
      ORDER BY turns DESC, started_at_ms DESC, id DESC FETCH FIRST 1 ROWS ONLY`,
    { digests: 'list', app: 'name', in_session: 'name' },
  ),
  newestOfSession: statement(
    `SELECT facts FROM prompt_items WHERE "SESSION" = :in_session AND app = :app
      ORDER BY started_at_ms DESC, id DESC FETCH FIRST 1 ROWS ONLY`,
    { in_session: 'name', app: 'name' },
  ),
  dependents: statement(
    `SELECT id, facts, ${PACKED} FROM prompt_items WHERE base_id IN (SELECT item FROM ${itemsOf('ids')})`,
    { ids: 'list' },
  ),
  holdItems: statement(
    `SELECT id FROM prompt_items WHERE id IN (SELECT item FROM ${itemsOf('ids')}) FOR UPDATE`,
    {
      ids: 'list',
    },
  ),
  repack: statement(
    `UPDATE prompt_items SET base_id = :base_id, chain = :chain, key_id = :key_id, raw_bytes = :raw_bytes,
      content_bytes = :content_bytes, content = :content WHERE id = :id`,
    { ...PACKED_BINDS, id: 'name' },
  ),
  remove: statement('DELETE FROM prompt_items WHERE id = :id', { id: 'name' }),
  /** An empty archive is bound to no key. */
  dropCanaries: statement('DELETE FROM prompt_canaries WHERE NOT EXISTS (SELECT 1 FROM prompt_items)'),
  numbering: statement('SELECT state FROM prompt_numberings WHERE app = :app AND "SESSION" = :in_session', {
    app: 'name',
    in_session: 'name',
  }),
  changeNumbering: statement(
    'UPDATE prompt_numberings SET at_ms = :at_ms, state = :state WHERE app = :app AND "SESSION" = :in_session',
    { at_ms: 'number', state: 'long', app: 'name', in_session: 'name' },
  ),
  addNumbering: statement(
    'INSERT INTO prompt_numberings (app, "SESSION", at_ms, state) VALUES (:app, :in_session, :at_ms, :state)',
    { app: 'name', in_session: 'name', at_ms: 'number', state: 'long' },
  ),
  sweepNumberings: statement(
    `DELETE FROM prompt_numberings WHERE at_ms < :before_ms AND NOT EXISTS (
      SELECT 1 FROM prompt_items item WHERE item."SESSION" = prompt_numberings."SESSION")`,
    { before_ms: 'number' },
  ),
  search: statement(
    `SELECT facts FROM prompt_items WHERE CONTAINS(words, :wanted) > 0
      ORDER BY started_at_ms DESC, id DESC FETCH FIRST :how_many ROWS ONLY`,
    { wanted: 'text', how_many: 'number' },
  ),
};

interface Wanted {
  readonly statement: Statement;
  readonly values: Readonly<Record<string, string | number>>;
}

/** A page of items. `pattern` makes a LIKE pattern of a model. */
export function itemsStatement(query: ItemQuery, pattern: (model: string) => string): Wanted {
  const { app, tag, session, model, endpoint, fromMs, toMs, afterId, order, limit } = query;
  const conditions: string[] = [];
  const binds: Record<string, BindType> = {};
  const values: Record<string, string | number> = {};
  const add = (condition: string, bind: string, type: BindType, value: string | number): void => {
    conditions.push(condition);
    binds[bind] = type;
    values[bind] = value;
  };
  if (app !== undefined) add('item.app = :app', 'app', 'name', app);
  // All facets that are asked for, beside whatever others.
  for (const [index, facet] of facetsOf(tag ?? '').entries()) {
    const bind = `facet_${index}`;
    add(`INSTR(',' || item.tag || ',', ',' || :${bind} || ',') > 0`, bind, 'name', facet);
  }
  if (session !== undefined) add('item."SESSION" = :in_session', 'in_session', 'name', session);
  if (model !== undefined) add(`item.model LIKE :model ESCAPE '\\'`, 'model', 'name', pattern(model));
  if (endpoint !== undefined) add('item.endpoint = :endpoint', 'endpoint', 'name', endpoint);
  if (fromMs !== undefined) add('item.started_at_ms >= :from_ms', 'from_ms', 'number', fromMs);
  if (toMs !== undefined) add('item.started_at_ms < :to_ms', 'to_ms', 'number', toMs);
  const [than, direction] = order === 'newest' ? ['<', 'DESC'] : ['>', 'ASC'];
  if (afterId !== undefined) {
    const condition = `EXISTS (SELECT 1 FROM prompt_items seen WHERE seen.id = :after_id
      AND (item.started_at_ms ${than} seen.started_at_ms
        OR item.started_at_ms = seen.started_at_ms AND item.id ${than} seen.id))`;
    add(condition, 'after_id', 'name', afterId);
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  binds.how_many = 'number';
  values.how_many = limit;
  const sql = `SELECT item.facts FROM prompt_items item ${where}
    ORDER BY item.started_at_ms ${direction}, item.id ${direction} FETCH FIRST :how_many ROWS ONLY`;
  return { statement: statement(sql, binds), values };
}

/** Every part of a question for items, alone and all together, in both orders. */
export function itemStatements(): readonly (readonly [string, Statement])[] {
  const parts: readonly Partial<ItemQuery>[] = [
    {},
    { app: 'a' },
    { tag: 'team=x' },
    { tag: 'kind=y,team=x' },
    { session: 's' },
    { model: 'm*' },
    { endpoint: 'e' },
    { fromMs: 1 },
    { toMs: 2 },
    { afterId: 'id' },
  ];
  const all: Partial<ItemQuery> = Object.assign({}, ...parts);
  return [...parts, all].flatMap((part) =>
    (['newest', 'oldest'] as const).map((order) => {
      const name = `${Object.keys(part).join('+') || 'all'}.${facetsOf(part.tag ?? '').length}.${order}`;
      return [name, itemsStatement({ order, limit: 1, ...part }, (model) => model).statement] as const;
    }),
  );
}
