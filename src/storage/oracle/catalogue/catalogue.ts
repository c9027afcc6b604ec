// Every statement that the store can send, by name: what the checks parse, `oracle verify` runs, and a double
// understands.

import {
  BUDGET_BANK,
  DELETED_SPENT,
  GONE_SPENT,
  MEMBERS_SPENT,
  SPENT,
  SPENT_BY_INSTANCE,
} from './budget-bank.ts';
import { CACHE_ENTRIES } from './cache-entries.ts';
import { DATABASE } from './database.ts';
import { embedderStatements } from './embedder.ts';
import { EXAMINATION } from './examination.ts';
import { EXPERIMENT_SUMS } from './experiment-sums.ts';
import { FEEDBACK } from './feedback.ts';
import { LEASES } from './leases.ts';
import { itemStatements, PROMPT_ARCHIVE } from './prompt-archive.ts';
import { RECORD_SINK } from './record-sink.ts';
import { reportStatements } from './reports.ts';
import { RETENTION } from './retention.ts';
import {
  ADD_ROLLUPS,
  CHANGE_ROLLUPS,
  CLEAR_ROLLUPS,
  KNOWN_ROLLUPS,
  LIVES,
  ROLLUP_WRITER,
} from './rollup-writer.ts';
import { RULE_BOOK } from './rule-book.ts';
import { MIGRATIONS } from './schema.ts';
import { SEMANTIC_ENTRIES } from './semantic-entries.ts';
import { setupStatements } from './setup.ts';
import type { Statement } from './statement.ts';
import { STORE_FACTS } from './store-facts.ts';
import { TRANSFER, transferStatements } from './transfer.ts';
import { VECTOR_SEARCH } from './vector-search.ts';
import { dropStatements, VERIFICATION } from './verification.ts';

type Room = Readonly<Record<string, unknown>>;

const ROOMS: Readonly<Record<string, Room>> = {
  database: DATABASE,
  'record-sink': RECORD_SINK,
  'rollup-writer': ROLLUP_WRITER,
  'rollup-writer.lives': LIVES,
  'rollup-writer.known': KNOWN_ROLLUPS,
  'rollup-writer.add': ADD_ROLLUPS,
  'rollup-writer.change': CHANGE_ROLLUPS,
  'rollup-writer.clear': CLEAR_ROLLUPS,
  'budget-bank': BUDGET_BANK,
  'rule-book': RULE_BOOK,
  'cache-entries': CACHE_ENTRIES,
  'semantic-entries': SEMANTIC_ENTRIES,
  'vector-search': VECTOR_SEARCH,
  'prompt-archive': PROMPT_ARCHIVE,
  feedback: FEEDBACK,
  'experiment-sums': EXPERIMENT_SUMS,
  leases: { ...LEASES, ...SPENT_BY_INSTANCE },
  'store-facts': STORE_FACTS,
  examination: EXAMINATION,
  retention: RETENTION,
  embedder: { ...embedderStatements('MODEL') },
  transfer: TRANSFER,
  verification: VERIFICATION,
};

export type Catalogue = ReadonlyMap<string, Statement>;

export async function catalogue(): Promise<Catalogue> {
  const all = new Map<string, Statement>();
  for (const [name, statement] of schemaStatements()) all.set(name, statement);
  for (const [room, statements] of Object.entries(ROOMS))
    for (const [name, statement] of Object.entries(statements))
      all.set(`${room}.${name}`, statement as Statement);
  for (const [lists, statement] of SPENT) all.set(`budget-bank.spentSoFar.${lists}`, statement);
  for (const [per, statement] of DELETED_SPENT) all.set(`budget-bank.deleted.${per ?? 'all'}`, statement);
  for (const [per, statement] of GONE_SPENT) all.set(`budget-bank.gone.${per ?? 'all'}`, statement);
  for (const [per, { named, unnamed }] of MEMBERS_SPENT)
    for (const [index, statement] of [...named, ...unnamed].entries())
      all.set(`leases.membersSpent.${per}.${index}`, statement);
  for (const [name, statement] of transferStatements()) all.set(name, statement);
  for (const [name, statement] of itemStatements()) all.set(`prompt-archive.items.${name}`, statement);
  for (const [name, statement] of await reportStatements()) all.set(name, statement);
  for (const [table, statement] of dropStatements()) all.set(`verification.drop.${table}`, statement);
  for (const [name, statement] of setupStatements()) all.set(name, statement);
  return all;
}

/** What makes the tables, in their order. */
export function schemaStatements(): readonly (readonly [string, Statement])[] {
  return MIGRATIONS.flatMap((migration, index) =>
    migration.flatMap(({ name, statement, instead }) => [
      [`schema.${index + 1}.${name}`, statement] as const,
      ...(instead === undefined ? [] : [[`schema.${index + 1}.${name}.instead`, instead] as const]),
    ]),
  );
}
