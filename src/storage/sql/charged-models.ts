// Which records a budget's model scope is about. No SQL knows the spellings of a name: the models on record are few, so
// each store is asked for the pairs there are (asked for, answered), and then only for the records of those that count.

import { ANY_MODEL, scopeCharges } from '../../ledger/scope-matcher.ts';

/** What begins alike for so long is not told apart: two of them fit a name of any store. */
const CHARACTERS_MAX = 299;

/** How a record's pair is written in SQL, and here. `feed` is the store's word for a new line. */
export const pairSql = (asked: string, answered: string, feed: string): string =>
  `COALESCE(SUBSTR(${asked}, 1, ${CHARACTERS_MAX}), ' ') || ${feed} || COALESCE(SUBSTR(${answered}, 1, ${CHARACTERS_MAX}), ' ')`;

interface PairRow {
  readonly asked?: unknown;
  readonly answered?: unknown;
}

/** Of these rows' pairs, those that are charged to a scope of that model. */
export function chargedPairs(model: string, rows: readonly PairRow[]): readonly string[] {
  return rows.filter((row) => isCharged(model, row)).map(pairIn);
}

/** The rest, without those that cannot be told apart from one that is charged. */
export function otherPairs(model: string, rows: readonly PairRow[]): readonly string[] {
  const charged = new Set(chargedPairs(model, rows));
  return rows.map(pairIn).filter((pair) => !charged.has(pair));
}

function isCharged(model: string, row: PairRow): boolean {
  const [asked, answered] = [nameIn(row.asked), nameIn(row.answered)];
  return scopeCharges(
    { app: null, tag: null, model },
    { app: '', tag: null, model: asked ?? ANY_MODEL },
    answered,
  );
}

function pairIn(row: PairRow): string {
  return `${beginningOf(nameIn(row.asked))}\n${beginningOf(nameIn(row.answered))}`;
}

function nameIn(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function beginningOf(name: string | null): string {
  if (name === null) return ' ';
  return name.length <= CHARACTERS_MAX ? name : [...name].slice(0, CHARACTERS_MAX).join('');
}
