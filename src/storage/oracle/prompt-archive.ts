// The prompt archive in Oracle Database.

import type {
  ArchiveState,
  ItemFacts,
  ItemQuery,
  PromptArchive,
  Repacked,
  SkipReason,
  StoredItem,
} from '../../archive/ports.ts';
import { archiveStateOf, factsOf, itemOf, unpackedFacts } from '../rows/prompt-rows.ts';
import { itemsStatement, PROMPT_ARCHIVE } from './catalogue/prompt-archive.ts';
import type { Asked, OracleDatabase } from './database.ts';
import { oraCodeOf, unlessTaken } from './faults.ts';
import { wantedWords } from './text-query.ts';
import { likePattern, listsOf } from './texts.ts';
import type { OracleRow } from './values.ts';

/** There is no index of words: Oracle Text says so in a message of its own, or is not there at all. */
const ORA_NO_WORDS: ReadonlySet<number | null> = new Set([20000, 29833, 29902, 904]);

export class OraclePromptArchive implements PromptArchive {
  readonly #database: OracleDatabase;

  constructor(database: OracleDatabase) {
    this.#database = database;
  }

  async archiveState(): Promise<ArchiveState> {
    const [row] = await this.#database.rows(PROMPT_ARCHIVE.totals);
    const [state] = await this.#database.rows(PROMPT_ARCHIVE.secret);
    const canaries = await this.#database.rows(PROMPT_ARCHIVE.canaries);
    const skips = await this.#database.rows(PROMPT_ARCHIVE.skips);
    return archiveStateOf({
      totals: row,
      secret: state?.secret,
      canaries,
      skips: skips.map(({ reason, times }) => [reason, times]),
    });
  }

  async putCanary(keyId: string, canary: Uint8Array): Promise<void> {
    await unlessTaken(this.#database.run(PROMPT_ARCHIVE.addCanary, { key_id: keyId, canary }));
  }

  async addSkipped(counts: Readonly<Partial<Record<SkipReason, number>>>): Promise<void> {
    await this.#database.runMany(
      PROMPT_ARCHIVE.addSkipped,
      Object.entries(counts).map(([reason, times]) => ({ reason, times })),
    );
  }

  async putItem(item: StoredItem, words: string | null): Promise<boolean> {
    return this.#database.transaction(async (asked) => {
      const base = item.baseId;
      if (base !== null && (await asked.rows(PROMPT_ARCHIVE.holdBase, { id: base })).length === 0)
        return false;
      const facts = unpackedFacts(item);
      const put = asked.run(PROMPT_ARCHIVE.add, {
        id: facts.id,
        started_at_ms: facts.startedAtMs,
        app: facts.app,
        tag: facts.tag,
        in_session: facts.session,
        model: facts.modelUsed ?? facts.modelRequested,
        endpoint: facts.endpoint,
        turns: facts.turns,
        turns_digest: facts.turnsDigest,
        ...packedValues(item),
        facts: JSON.stringify(facts),
        words,
      });
      // The first of an id stays.
      await unlessTaken(put);
      return true;
    });
  }

  async item(id: string): Promise<StoredItem | null> {
    const [row] = await this.#database.rows(PROMPT_ARCHIVE.item, { id });
    return row === undefined ? null : itemOf(row);
  }

  async itemsById(idPart: string): Promise<readonly ItemFacts[]> {
    if (idPart === '') return [];
    return (await this.#database.rows(PROMPT_ARCHIVE.byPart, { part: idPart })).map(factsOf);
  }

  async items(query: ItemQuery): Promise<readonly ItemFacts[]> {
    const { statement, values } = itemsStatement(query, likePattern);
    return (await this.#database.rows(statement, values)).map(factsOf);
  }

  async itemWithTurns(
    app: string,
    session: string | null,
    digests: readonly string[],
  ): Promise<ItemFacts | null> {
    let best: OracleRow | null = null;
    for (const list of listsOf(digests)) {
      const values = { digests: list, app, in_session: session };
      const [row] = await this.#database.rows(PROMPT_ARCHIVE.withTurns, values);
      if (row !== undefined && (best === null || hasMore(row, best))) best = row;
    }
    return best === null ? null : factsOf(best);
  }

  async newestOfSession(app: string, session: string): Promise<ItemFacts | null> {
    const [row] = await this.#database.rows(PROMPT_ARCHIVE.newestOfSession, { in_session: session, app });
    return row === undefined ? null : factsOf(row);
  }

  async dependents(ids: readonly string[]): Promise<readonly StoredItem[]> {
    return (await dependentsOf(this.#database, ids)).map(itemOf);
  }

  async removeItems(ids: readonly string[], repacked: readonly Repacked[]): Promise<boolean> {
    return this.#database.transaction(async (asked) => {
      // Whoever puts an item on one of these waits from here on, or has done so.
      for (const list of listsOf(ids.toSorted())) await asked.rows(PROMPT_ARCHIVE.holdItems, { ids: list });
      const ready = new Set(repacked.map(({ id }) => id));
      const dependents = await dependentsOf(asked, ids);
      if (dependents.some((row) => !ready.has(String(row.id)))) return false;
      for (const item of repacked)
        await asked.run(PROMPT_ARCHIVE.repack, { ...packedValues(item), id: item.id });
      await asked.runMany(
        PROMPT_ARCHIVE.remove,
        ids.map((id) => ({ id })),
      );
      await asked.run(PROMPT_ARCHIVE.dropCanaries);
      return true;
    });
  }

  async searchItems(words: readonly string[], limit: number): Promise<readonly ItemFacts[] | null> {
    const wanted = wantedWords(words);
    if (wanted === null) return [];
    try {
      const rows = await this.#database.rows(PROMPT_ARCHIVE.search, { wanted, how_many: limit });
      return rows.map(factsOf);
    } catch (error) {
      if (ORA_NO_WORDS.has(oraCodeOf(error))) return null;
      throw error;
    }
  }

  async numbering(app: string, session: string): Promise<string | null> {
    const [row] = await this.#database.rows(PROMPT_ARCHIVE.numbering, { app, in_session: session });
    return row === undefined ? null : String(row.state);
  }

  async putNumbering(app: string, session: string, state: string, atMs: number): Promise<void> {
    const values = { app, in_session: session, at_ms: atMs, state };
    const change = (): Promise<number> => this.#database.run(PROMPT_ARCHIVE.changeNumbering, values);
    if ((await change()) > 0) return;
    const added = await unlessTaken(this.#database.run(PROMPT_ARCHIVE.addNumbering, values));
    // Another one has added it between the two.
    if (!added) await change();
  }

  sweepNumberings(beforeMs: number): Promise<number> {
    return this.#database.run(PROMPT_ARCHIVE.sweepNumberings, { before_ms: beforeMs });
  }
}

async function dependentsOf(asked: Asked, ids: readonly string[]): Promise<OracleRow[]> {
  const among = new Set(ids);
  const dependents: OracleRow[] = [];
  for (const list of listsOf(ids))
    dependents.push(...(await asked.rows(PROMPT_ARCHIVE.dependents, { ids: list })));
  return dependents.filter(({ id }) => !among.has(String(id)));
}

/** More turns, then later, then of the greater id. */
function hasMore(row: OracleRow, than: OracleRow): boolean {
  for (const column of ['turns', 'started_at_ms'] as const)
    if (row[column] !== than[column]) return Number(row[column]) > Number(than[column]);
  return String(row.id) > String(than.id);
}

function packedValues({ baseId, chain, keyId, rawBytes, content }: Omit<Repacked, 'id'>) {
  return {
    base_id: baseId,
    chain,
    key_id: keyId,
    raw_bytes: rawBytes,
    content_bytes: content.byteLength,
    content,
  };
}
