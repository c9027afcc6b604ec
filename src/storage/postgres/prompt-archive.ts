// The prompt archive in PostgreSQL.

import type {
  ArchiveState,
  ItemFacts,
  ItemQuery,
  PromptArchive,
  Repacked,
  SkipReason,
  StoredItem,
} from '../../archive/ports.ts';
import { facetsOf } from '../../core/tag.ts';
import { archiveStateOf, factsOf, itemOf, unpackedFacts } from '../rows/prompt-rows.ts';
import { type Asked, likePattern, type PostgresDatabase, type PgRow as Row, type Value } from './database.ts';

const PACKED = 'base_id, chain, key_id, raw_bytes, content';

export class PostgresPromptArchive implements PromptArchive {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async archiveState(): Promise<ArchiveState> {
    const row = await this.#get(
      `SELECT count(*) AS items, coalesce(sum(length(content)), 0) AS bytes,
         coalesce(sum(raw_bytes), 0) AS raw_bytes, min(started_at_ms) AS oldest FROM prompt_items`,
    );
    const state = await this.#get('SELECT secret FROM prompt_state');
    const canaries = await this.#all('SELECT key_id, canary FROM prompt_canaries');
    const skips = await this.#all('SELECT reason, count FROM prompt_skips');
    return archiveStateOf({
      totals: row,
      secret: state?.secret,
      canaries,
      skips: skips.map(({ reason, count }) => [reason, count]),
    });
  }

  async putCanary(keyId: string, canary: Uint8Array): Promise<void> {
    const sql = 'INSERT INTO prompt_canaries VALUES (?, ?) ON CONFLICT (key_id) DO NOTHING';
    await this.#database.run(sql, [keyId, canary]);
  }

  async addSkipped(counts: Readonly<Partial<Record<SkipReason, number>>>): Promise<void> {
    for (const [reason, count] of Object.entries(counts)) {
      await this.#database.run(
        `INSERT INTO prompt_skips AS kept VALUES (?, ?)
         ON CONFLICT (reason) DO UPDATE SET count = kept.count + excluded.count`,
        [reason, count],
      );
    }
  }

  async putItem(item: StoredItem, words: string | null): Promise<boolean> {
    return this.#database.transaction(async (asked) => {
      // Shared: who removes the base waits, or has removed it.
      const sql = 'SELECT 1 FROM prompt_items WHERE id = ? FOR SHARE';
      if (item.baseId !== null && (await asked.rows(sql, [item.baseId])).length === 0) return false;
      const { baseId, chain, keyId, rawBytes, content } = item;
      const facts = unpackedFacts(item);
      await asked.run(
        `INSERT INTO prompt_items (id, started_at_ms, app, tag, session, model, endpoint, turns, turns_digest, facts,
           words, ${PACKED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, to_tsvector('simple', ?), ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO NOTHING`,
        [
          facts.id,
          facts.startedAtMs,
          facts.app,
          facts.tag,
          facts.session,
          facts.modelUsed ?? facts.modelRequested,
          facts.endpoint,
          facts.turns,
          facts.turnsDigest,
          JSON.stringify(facts),
          words,
          baseId,
          chain,
          keyId,
          rawBytes,
          content,
        ],
      );
      return true;
    });
  }

  async item(id: string): Promise<StoredItem | null> {
    const row = await this.#get(`SELECT facts, ${PACKED} FROM prompt_items WHERE id = ?`, id);
    return row === undefined ? null : itemOf(row);
  }

  async itemsById(idPart: string): Promise<readonly ItemFacts[]> {
    const rows = await this.#all(
      `SELECT facts FROM prompt_items
       WHERE length(?1::text) > 0 AND ?1 IN (left(id, length(?1)), right(id, length(?1))) ORDER BY id LIMIT 2`,
      idPart,
    );
    return rows.map(factsOf);
  }

  async items(query: ItemQuery): Promise<readonly ItemFacts[]> {
    const { app, tag, session, model, endpoint, fromMs, toMs, afterId, order, limit } = query;
    const conditions: string[] = [];
    const values: Value[] = [];
    const add = (condition: string, ...given: readonly Value[]): void => {
      conditions.push(condition);
      values.push(...given);
    };
    if (app !== undefined) add('app = ?', app);
    // All facets that are asked for, beside whatever others.
    for (const facet of facetsOf(tag ?? '')) add(`instr(',' || tag || ',', ',' || ? || ',') > 0`, facet);
    if (session !== undefined) add('session = ?', session);
    if (model !== undefined) add('model LIKE ?', likePattern(model));
    if (endpoint !== undefined) add('endpoint = ?', endpoint);
    if (fromMs !== undefined) add('started_at_ms >= ?', fromMs);
    if (toMs !== undefined) add('started_at_ms < ?', toMs);
    const [than, direction] = order === 'newest' ? ['<', 'DESC'] : ['>', 'ASC'];
    if (afterId !== undefined)
      add(`(started_at_ms, id) ${than} (SELECT started_at_ms, id FROM prompt_items WHERE id = ?)`, afterId);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const rows = await this.#all(
      `SELECT facts FROM prompt_items ${where} ORDER BY started_at_ms ${direction}, id ${direction} LIMIT ?`,
      ...values,
      limit,
    );
    return rows.map(factsOf);
  }

  async itemWithTurns(
    app: string,
    session: string | null,
    digests: readonly string[],
  ): Promise<ItemFacts | null> {
    const row = await this.#get(
      `SELECT facts FROM prompt_items WHERE turns_digest IN (SELECT * FROM json_array_elements_text(?)) AND app = ?
         AND session IS NOT DISTINCT FROM ?
       ORDER BY turns DESC, started_at_ms DESC, id DESC LIMIT 1`,
      JSON.stringify(digests),
      app,
      session,
    );
    return row === undefined ? null : factsOf(row);
  }

  async newestOfSession(app: string, session: string): Promise<ItemFacts | null> {
    const row = await this.#get(
      'SELECT facts FROM prompt_items WHERE session = ? AND app = ? ORDER BY started_at_ms DESC, id DESC LIMIT 1',
      session,
      app,
    );
    return row === undefined ? null : factsOf(row);
  }

  async dependents(ids: readonly string[]): Promise<readonly StoredItem[]> {
    return (await dependentsOf(this.#database, ids)).map(itemOf);
  }

  async removeItems(ids: readonly string[], repacked: readonly Repacked[]): Promise<boolean> {
    return this.#database.transaction(async (asked) => {
      const list = JSON.stringify(ids);
      const which = 'id IN (SELECT * FROM json_array_elements_text(?))';
      // Whoever puts an item on one of these waits from here on, or has done so.
      await asked.rows(`SELECT 1 FROM prompt_items WHERE ${which} ORDER BY id FOR UPDATE`, [list]);
      const ready = new Set(repacked.map(({ id }) => id));
      const dependents = await dependentsOf(asked, ids);
      if (dependents.some((row) => !ready.has(String(row.id)))) return false;
      for (const { id, baseId, chain, keyId, rawBytes, content } of repacked) {
        await asked.run(
          'UPDATE prompt_items SET base_id = ?, chain = ?, key_id = ?, raw_bytes = ?, content = ? WHERE id = ?',
          [baseId, chain, keyId, rawBytes, content, id],
        );
      }
      await asked.run(`DELETE FROM prompt_items WHERE ${which}`, [list]);
      // An empty archive is bound to no key.
      await asked.run('DELETE FROM prompt_canaries WHERE NOT EXISTS (SELECT 1 FROM prompt_items)');
      return true;
    });
  }

  async searchItems(words: readonly string[], limit: number): Promise<readonly ItemFacts[] | null> {
    if (words.length === 0) return [];
    // Each by itself, as a phrase: nothing in it is an operator.
    const all = words.map(() => `phraseto_tsquery('simple', ?)`).join(' && ');
    const rows = await this.#all(
      `SELECT facts FROM prompt_items WHERE words @@ (${all}) ORDER BY started_at_ms DESC, id DESC LIMIT ?`,
      ...words,
      limit,
    );
    return rows.map(factsOf);
  }

  async numbering(app: string, session: string): Promise<string | null> {
    const row = await this.#get(
      'SELECT state FROM prompt_numberings WHERE app = ? AND session = ?',
      app,
      session,
    );
    return row === undefined ? null : String(row.state);
  }

  async putNumbering(app: string, session: string, state: string, atMs: number): Promise<void> {
    await this.#database.run(
      `INSERT INTO prompt_numberings VALUES (?, ?, ?, ?)
       ON CONFLICT (app, session) DO UPDATE SET state = excluded.state, at_ms = excluded.at_ms`,
      [app, session, state, atMs],
    );
  }

  async sweepNumberings(beforeMs: number): Promise<number> {
    return this.#database.run(
      `DELETE FROM prompt_numberings WHERE at_ms < ? AND NOT EXISTS
         (SELECT 1 FROM prompt_items AS item WHERE item.session = prompt_numberings.session)`,
      [beforeMs],
    );
  }

  async #get(sql: string, ...values: readonly Value[]): Promise<Row | undefined> {
    return (await this.#database.rows(sql, values))[0];
  }

  #all(sql: string, ...values: readonly Value[]): Promise<Row[]> {
    return this.#database.rows(sql, values);
  }
}

function dependentsOf(asked: Asked, ids: readonly string[]): Promise<Row[]> {
  return asked.rows(
    `SELECT id, facts, ${PACKED} FROM prompt_items
     WHERE base_id IN (SELECT * FROM json_array_elements_text(?1))
       AND id NOT IN (SELECT * FROM json_array_elements_text(?1))`,
    [JSON.stringify(ids)],
  );
}
