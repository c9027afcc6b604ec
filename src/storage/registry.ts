// The stores. One is loaded only where the settings choose it: nobody pays for the driver of another.

import type { Finding } from '../core/finding.ts';
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
  return (await driverOf(settings)).visit(settings, whereMissing);
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
