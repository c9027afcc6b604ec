// The stores. One is loaded only where the settings choose it: nobody pays for the driver of another.

import { WAITING_REVOCATIONS, WaitingRevocations } from '../access/keys/waiting-revocations.ts';
import type { Embedder } from '../cache/embedder.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { WAITING_KILLS, WaitingKills } from '../ledger/kills/waiting-kills.ts';
import { isClaimed } from '../record/folder-claim.ts';
import { keptCopy } from '../record/kept-copy.ts';
import type { ServerOptions, Store, StoreDriver, StoreSettings, Visit, WhereMissing } from './store.ts';

interface StoreKind {
  readonly name: 'sqlite' | 'postgresql' | 'oracle';
  readonly isChosen: (settings: StoreSettings) => boolean;
  readonly load: () => Promise<StoreDriver>;
}

/** The first one that is chosen is taken. */
const STORES: readonly StoreKind[] = [
  {
    name: 'oracle',
    // A password without a user is a user forgotten: the store names it.
    isChosen: ({ TOKENWATCH_ORACLE_USER: user = '', TOKENWATCH_ORACLE_PASSWORD: password = '' }) =>
      user !== '' || password !== '',
    load: async () => (await import('./oracle/driver.ts')).oracle,
  },
  {
    name: 'postgresql',
    isChosen: ({ TOKENWATCH_DATABASE_URL: url = '' }) => /^postgres(?:ql)?:/.test(url),
    load: async () => (await import('./postgres/driver.ts')).postgres,
  },
  { name: 'sqlite', isChosen: () => true, load: async () => (await import('./sqlite/driver.ts')).sqlite },
];

/** For a server. */
export async function openStore(settings: StoreSettings, options: ServerOptions): Promise<Store> {
  return (await driverOf(settings)).serve(settings, options);
}

/** For a command. */
export async function visitStore(settings: StoreSettings, whereMissing: WhereMissing): Promise<Visit> {
  const visit = await (await driverOf(settings)).visit(settings, whereMissing);
  if (whereMissing === 'create') await storeWaiting(settings.TOKENWATCH_DATA_DIR, visit);
  return visit;
}

/** What a server that has ended could not tell its database. One that runs does it itself. */
async function storeWaiting(dataDir: string, { budgets, rules }: Visit): Promise<void> {
  if (isClaimed(dataDir)) return;
  const ignore = (): void => undefined;
  const kills = new WaitingKills(keptCopy(dataDir, WAITING_KILLS, ignore, true));
  const revocations = new WaitingRevocations(keptCopy(dataDir, WAITING_REVOCATIONS, ignore, true));
  // Where the database takes nothing now, it is for the next one who opens it.
  await kills.store(budgets).then((told) => kills.forget(told), ignore);
  await revocations.store(rules).then((told) => revocations.forget(told), ignore);
}

/** What the store says of itself when somebody asks how it is; null where it has no more to say than its facts. */
export async function examineStore(
  settings: StoreSettings,
  nowMs: () => number,
): Promise<readonly Finding[] | null> {
  const { examine } = await driverOf(settings);
  return examine === undefined ? null : examine(settings, nowMs);
}

/** Of the one store that needs a user made for it. */
export const loadOracleSetup = () => import('./oracle/setup.ts');

/** Runs all that the store would send, in a scratch schema. */
export const loadOracleVerification = () => import('./oracle/verification.ts');

/** Embeds in the database itself, by the model of that name, or by its only one. */
export async function openStoreEmbedder(settings: StoreSettings, model: string): Promise<Embedder> {
  if (storeKind(settings) !== 'oracle') throw embedsElsewhere();
  return (await import('./oracle/embedder.ts')).openOracleEmbedder(settings, model);
}

/** Throws where what is to embed is a store's own, and another store is chosen. */
export function assertEmbedder(embedder: string, settings: StoreSettings): void {
  if (/^oracle(?::|$)/.test(embedder) && storeKind(settings) !== 'oracle') throw embedsElsewhere();
}

function embedsElsewhere(): TokenWatchError {
  return new TokenWatchError(
    'invalid_setting',
    'TOKENWATCH_CACHE_EMBEDDER=oracle embeds in Oracle Database, which is not the store: set TOKENWATCH_ORACLE_USER and TOKENWATCH_ORACLE_PASSWORD, or take another embedder.',
  );
}

/** Of the store that is a file. */
export const loadRepair = () => import('./sqlite/repair.ts');

export function storeKind(settings: StoreSettings): StoreKind['name'] {
  return chosen(settings).name;
}

function driverOf(settings: StoreSettings): Promise<StoreDriver> {
  return chosen(settings).load();
}

function chosen(settings: StoreSettings): StoreKind {
  const kind = STORES.find(({ isChosen }) => isChosen(settings));
  if (kind === undefined) throw new Error('no store is chosen');
  return kind;
}

/** Copies of the store as a file; null for a database that has tools of its own. */
export async function storeCopies(
  settings: StoreSettings,
): Promise<typeof import('./sqlite/copies.ts') | null> {
  const kind = STORES.find(({ isChosen }) => isChosen(settings));
  return kind === STORES.at(-1) ? import('./sqlite/copies.ts') : null;
}
