// Access keys that were revoked since the store last took one.

import type { RuleBook, RuleEntry } from '../../core/rule-book.ts';
import { hasShape, isListOf } from '../../core/shape.ts';
import { WaitingChanges } from '../../core/waiting-changes.ts';
import type { AccessKey } from './access-key.ts';

export interface Revocation {
  readonly id: string;
  readonly name: string;
  /** Of the key: a later one of its name is another. */
  readonly createdAtMs: number;
  readonly revokedAtMs: number;
}

/** In the data folder. */
export const WAITING_REVOCATIONS = {
  name: 'keys.waiting',
  isRight: (value: unknown): value is readonly Revocation[] =>
    isListOf(value, (each) =>
      hasShape(each, { id: 'string', name: 'string', createdAtMs: 'number', revokedAtMs: 'number' }),
    ),
  lost: 'Access keys that it held, and the database does not know as revoked yet, are taken: see "tokenwatch key list", and revoke them again.',
};

export function revocationOf(
  { name, createdAtMs }: Pick<AccessKey, 'name' | 'createdAtMs'>,
  revokedAtMs: number,
): Revocation {
  return { id: idOf(name, createdAtMs), name, createdAtMs, revokedAtMs };
}

export class WaitingRevocations extends WaitingChanges<Revocation> {
  /** What is in force where the store has these; the same list where nothing waits. */
  over(stored: readonly RuleEntry[]): readonly RuleEntry[] {
    if (this.all.length === 0) return stored;
    return stored.map((entry) => {
      const own = this.all.find(({ id }) => id === idOf(entry.name, entry.createdAtMs));
      return own === undefined || entry.kind !== 'key' ? entry : revoked(entry, own);
    });
  }

  /** Tells the store, and returns what it knows by now; `forget` drops that once it has been read back. */
  async store(book: Pick<RuleBook, 'rules' | 'changeRule'>): Promise<readonly Revocation[]> {
    this.keepAgain();
    const told = this.all;
    if (told.length === 0) return told;
    // As it is there by now: what was rotated meanwhile is revoked with all its keys.
    const { entries } = await book.rules();
    for (const [index, entry] of this.over(entries).entries())
      if (entry !== entries[index]) await book.changeRule(entry);
    return told;
  }
}

function revoked(entry: RuleEntry, { revokedAtMs }: Revocation): RuleEntry {
  const definition = entry.definition as AccessKey;
  if (definition.revokedAtMs !== null) return entry;
  return { ...entry, definition: { ...definition, revokedAtMs } };
}

const idOf = (name: string, createdAtMs: number): string => `${name} ${createdAtMs}`;
