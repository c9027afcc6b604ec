// The prompt archive in SQLite. Synchronous inside; runs where the database runs.

import type { DatabaseSync } from 'node:sqlite';
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
import { type Row, Statements, type Value } from './statements.ts';
import { inTransaction } from './transaction.ts';

const PACKED = 'base_id, chain, key_id, raw_bytes, content';

export class SqlitePromptArchive implements PromptArchive {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  async archiveState(): Promise<ArchiveState> {
    const row = this.#statements.get(
      `SELECT count(*) AS items, coalesce(sum(length(content)), 0) AS bytes,
         coalesce(sum(raw_bytes), 0) AS raw_bytes, min(started_at_ms) AS oldest FROM prompt_items`,
    );
    const canaries = this.#statements.all('SELECT key_id, canary FROM prompt_canaries');
    const skips = this.#statements.all('SELECT reason, count FROM prompt_skips');
    return archiveStateOf({
      totals: row,
      secret: this.#statements.get('SELECT secret FROM prompt_state')?.secret,
      canaries,
      skips: skips.map(({ reason, count }) => [reason, count]),
    });
  }

  async putCanary(keyId: string, canary: Uint8Array): Promise<void> {
    this.#statements.run('INSERT INTO prompt_canaries VALUES (?, ?) ON CONFLICT DO NOTHING', keyId, canary);
  }

  async addSkipped(counts: Readonly<Partial<Record<SkipReason, number>>>): Promise<void> {
    for (const [reason, count] of Object.entries(counts)) {
      this.#statements.run(
        'INSERT INTO prompt_skips VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
        reason,
        count,
      );
    }
  }

  async putItem(item: StoredItem, words: string | null): Promise<boolean> {
    return inTransaction(this.#database, () => {
      if (
        item.baseId !== null &&
        this.#statements.get('SELECT 1 FROM prompt_items WHERE id = ?', item.baseId) === undefined
      )
        return false;
      const { baseId, chain, keyId, rawBytes, content } = item;
      const facts = unpackedFacts(item);
      const added = this.#statements.run(
        `INSERT INTO prompt_items (id, started_at_ms, app, tag, session, model, endpoint, turns, turns_digest, facts,
           ${PACKED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
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
        baseId,
        chain,
        keyId,
        rawBytes,
        content,
      );
      if (added > 0 && words !== null) {
        this.#statements.run(
          'INSERT INTO prompt_words (rowid, words) SELECT number, ? FROM prompt_items WHERE id = ?',
          words,
          item.id,
        );
      }
      return true;
    });
  }

  async item(id: string): Promise<StoredItem | null> {
    const row = this.#statements.get(`SELECT facts, ${PACKED} FROM prompt_items WHERE id = ?`, id);
    return row === undefined ? null : itemOf(row);
  }

  async itemsById(idPart: string): Promise<readonly ItemFacts[]> {
    return this.#statements
      .all(
        `SELECT facts FROM prompt_items
       WHERE length(?1) > 0 AND ?1 IN (substr(id, 1, length(?1)), substr(id, -length(?1))) ORDER BY id LIMIT 2`,
        idPart,
      )
      .map(factsOf);
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
    if (model !== undefined) add('model GLOB ?', model.replace(/[[?]/g, '[$&]'));
    if (endpoint !== undefined) add('endpoint = ?', endpoint);
    if (fromMs !== undefined) add('started_at_ms >= ?', fromMs);
    if (toMs !== undefined) add('started_at_ms < ?', toMs);
    const [than, direction] = order === 'newest' ? ['<', 'DESC'] : ['>', 'ASC'];
    if (afterId !== undefined)
      add(`(started_at_ms, id) ${than} (SELECT started_at_ms, id FROM prompt_items WHERE id = ?)`, afterId);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return this.#statements
      .all(
        `SELECT facts FROM prompt_items ${where} ORDER BY started_at_ms ${direction}, id ${direction} LIMIT ?`,
        ...values,
        limit,
      )
      .map(factsOf);
  }

  async itemWithTurns(
    app: string,
    session: string | null,
    digests: readonly string[],
  ): Promise<ItemFacts | null> {
    const row = this.#statements.get(
      `SELECT facts FROM prompt_items WHERE turns_digest IN (SELECT value FROM json_each(?)) AND app = ? AND session IS ?
       ORDER BY turns DESC, started_at_ms DESC, id DESC LIMIT 1`,
      JSON.stringify(digests),
      app,
      session,
    );
    return row === undefined ? null : factsOf(row);
  }

  async newestOfSession(app: string, session: string): Promise<ItemFacts | null> {
    const row = this.#statements.get(
      'SELECT facts FROM prompt_items WHERE session = ? AND app = ? ORDER BY started_at_ms DESC, id DESC LIMIT 1',
      session,
      app,
    );
    return row === undefined ? null : factsOf(row);
  }

  async dependents(ids: readonly string[]): Promise<readonly StoredItem[]> {
    return this.#dependents(ids).map(itemOf);
  }

  #dependents(ids: readonly string[]): Row[] {
    return this.#statements.all(
      `SELECT id, facts, ${PACKED} FROM prompt_items
       WHERE base_id IN (SELECT value FROM json_each(?1)) AND id NOT IN (SELECT value FROM json_each(?1))`,
      JSON.stringify(ids),
    );
  }

  async removeItems(ids: readonly string[], repacked: readonly Repacked[]): Promise<boolean> {
    return inTransaction(this.#database, () => {
      const ready = new Set(repacked.map(({ id }) => id));
      if (this.#dependents(ids).some((row) => !ready.has(String(row.id)))) return false;
      for (const { id, baseId, chain, keyId, rawBytes, content } of repacked) {
        this.#statements.run(
          'UPDATE prompt_items SET base_id = ?, chain = ?, key_id = ?, raw_bytes = ?, content = ? WHERE id = ?',
          baseId,
          chain,
          keyId,
          rawBytes,
          content,
          id,
        );
      }
      const list = JSON.stringify(ids);
      this.#statements.run(
        `DELETE FROM prompt_words WHERE rowid IN
           (SELECT number FROM prompt_items WHERE id IN (SELECT value FROM json_each(?)))`,
        list,
      );
      this.#statements.run('DELETE FROM prompt_items WHERE id IN (SELECT value FROM json_each(?))', list);
      // An empty archive is bound to no key.
      this.#statements.run('DELETE FROM prompt_canaries WHERE NOT EXISTS (SELECT 1 FROM prompt_items)');
      return true;
    });
  }

  async searchItems(words: readonly string[], limit: number): Promise<readonly ItemFacts[] | null> {
    // Each between quotes: nothing in it is an operator.
    const question = words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ');
    if (question === '') return [];
    return this.#statements
      .all(
        `SELECT facts FROM prompt_items WHERE number IN (SELECT rowid FROM prompt_words WHERE prompt_words MATCH ?)
       ORDER BY started_at_ms DESC, id DESC LIMIT ?`,
        question,
        limit,
      )
      .map(factsOf);
  }

  async numbering(app: string, session: string): Promise<string | null> {
    const row = this.#statements.get(
      'SELECT state FROM prompt_numberings WHERE app = ? AND session = ?',
      app,
      session,
    );
    return row === undefined ? null : String(row.state);
  }

  async putNumbering(app: string, session: string, state: string, atMs: number): Promise<void> {
    this.#statements.run(
      `INSERT INTO prompt_numberings VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET state = excluded.state, at_ms = excluded.at_ms`,
      app,
      session,
      state,
      atMs,
    );
  }

  async sweepNumberings(beforeMs: number): Promise<number> {
    return this.#statements.run(
      `DELETE FROM prompt_numberings WHERE at_ms < ? AND NOT EXISTS
         (SELECT 1 FROM prompt_items AS item WHERE item.session = prompt_numberings.session)`,
      beforeMs,
    );
  }
}
