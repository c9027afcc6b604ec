// What a store is: the rooms that others ask, and how it is opened. A store is a folder here and a line in the
// registry.

import type { PromptArchive } from '../archive/ports.ts';
import type { CacheEntries } from '../cache/ports.ts';
import type { SearchPlace, SemanticEntries } from '../cache/semantic/ports.ts';
import type { Analytics } from '../core/analytics.ts';
import type { Feedback } from '../core/feedback.ts';
import type { Finding } from '../core/finding.ts';
import type { RecordRetention } from '../core/retention.ts';
import type { RuleBook } from '../core/rule-book.ts';
import type { LeaseBank } from '../ledger/leases/lease-ports.ts';
import type { BudgetBank } from '../ledger/ports.ts';
import type { TransferDesk } from './transfer/ports.ts';

/** A port each, of whoever needs it. */
export interface Rooms {
  readonly analytics: Analytics;
  readonly budgets: BudgetBank;
  readonly cache: CacheEntries;
  readonly semantic: SemanticEntries;
  readonly rules: RuleBook;
  readonly feedback: Feedback;
  readonly retention: RecordRetention;
  readonly prompts: PromptArchive;
  /** Null where a store serves one server alone. */
  readonly leases: LeaseBank | null;
}

export interface StoreFacts {
  /** Where the records lie, for people. */
  readonly path: string;
  readonly bytes: number;
  readonly records: number;
  /** Also of requests that were deleted: then the day. */
  readonly oldestStartedAtMs: number | null;
  /** Older requests are only in sums; 0: none was deleted. */
  readonly rowsFromMs: number;
  /** Where the cache compares similar prompts. */
  readonly promptSearch: SearchPlace;
}

/** What can be done with a store however it was opened. */
interface Opened extends Rooms {
  /** Deletes every ended record, and says how many there were. */
  reset(): Promise<number>;
  facts(): Promise<StoreFacts>;
}

/** A server's store. */
export interface Store extends Opened {
  /** There are new lines in the spool. */
  nudge(): void;
  /** Tells of what changes in a shared database, where it can: a hint, beside looks at its versions. */
  onHint(listener: (topic: string) => void): void;
  /** Takes in every line that is in the spool by now; fails where the database takes none. */
  load(): Promise<void>;
  /** Loads what is left; the journal must be closed before. */
  close(): Promise<void>;
}

/** A command's look into the store, whether a server runs on it or not. */
export interface Visit extends Opened {
  /** For moving all that it holds. */
  readonly transfer: TransferDesk;
  close(): Promise<void>;
}

/**
 * What a visitor does where nothing was stored yet: `refuse` throws `no_data`, `create` makes the tables (budgets and
 * rules can be set before the first server runs), `empty` reads an empty store and leaves no file behind. `look` refuses,
 * and leaves everything as it is, spools, too. Tables of an earlier version stay as they are: all throw `database_older`,
 * but for `upgrade`, which refuses as well where there are none.
 */
export type WhereMissing = 'refuse' | 'create' | 'empty' | 'look' | 'upgrade';

/** Which store, and where; the settings of the app are of this shape. */
export interface StoreSettings {
  /** Holds the spool, whatever the store. */
  readonly TOKENWATCH_DATA_DIR: string;
  /** Chooses PostgreSQL where it is set. */
  readonly TOKENWATCH_DATABASE_URL?: string;
  /** Chooses Oracle Database where it is set. */
  readonly TOKENWATCH_ORACLE_USER?: string;
  readonly TOKENWATCH_ORACLE_PASSWORD?: string;
  readonly TOKENWATCH_ORACLE_DSN?: string;
  /** Whether similar prompts are found by an index of vectors in Oracle Database. */
  readonly TOKENWATCH_ORACLE_VECTOR_INDEX?: 'none' | 'hnsw' | 'ivf';
  /** Embeds in the database itself where it begins with `oracle`. */
  readonly TOKENWATCH_CACHE_EMBEDDER?: string;
}

export interface ServerOptions {
  /** Names this process's spool files. */
  readonly owner: string;
  readonly warn: (message: string) => void;
  /** A database that does not answer at the start is an error, where it is otherwise a warning. */
  readonly requiresDatabase?: boolean;
}

/** How one kind of store is opened. */
export interface StoreDriver {
  serve(settings: StoreSettings, options: ServerOptions): Promise<Store>;
  /** Takes in what killed servers left in their spools, where that can be done now; whoever looks does not. */
  visit(settings: StoreSettings, whereMissing: WhereMissing): Promise<Visit>;
  /** Looks at what the store needs, and changes nothing; a fault is a finding. */
  readonly examine?: (settings: StoreSettings, nowMs: () => number) => Promise<readonly Finding[]>;
}
