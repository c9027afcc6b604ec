// Whether anything that was recorded lately has what a scope names: a kill switch for a misspelt application stops nothing,
// and looks as one that works.

import type { Analytics } from '../../core/analytics.ts';
import { modelScopeTest, readModelNames } from '../../core/model-scope.ts';
import { tagTest } from '../../core/tag.ts';
import type { Scope } from '../../ledger/budget.ts';

const LATELY_DAYS = 30;
const DAY_MS = 86_400_000;
/** Of more names than are looked at, nothing is said. */
const NAMES_MAX = 1000;
const NAMES_SHOWN = 5;
/** A database that is slow keeps no answer waiting: what was set is in force. */
const WAIT_MS = 1000;

const PARTS = {
  app: { word: 'application', test: (name: string) => (seen: string) => seen === name },
  model: {
    word: 'model',
    test: (name: string) => {
      const isMeant = modelScopeTest(name);
      return (seen: string) => isMeant(readModelNames(seen));
    },
  },
  tag: { word: 'tag', test: tagTest },
} as const;

/** Null where something had all of it, where nothing is recorded, and where nobody tells in time. */
export async function unseenWarning(
  scope: Scope,
  analytics: Pick<Analytics, 'breakdown'>,
  nowMs: number,
): Promise<string | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(late.resolve, WAIT_MS, null);
  const range = { fromMs: nowMs - LATELY_DAYS * DAY_MS, toMs: nowMs + 1 };
  const unseen = async (part: keyof typeof PARTS): Promise<string | null> => {
    const name = scope[part];
    if (name === null) return null;
    const { word, test } = PARTS[part];
    const rows = await analytics.breakdown(range, part, NAMES_MAX);
    const seen = rows.flatMap(({ key }) => key ?? []);
    if (rows.length === 0 || rows.length === NAMES_MAX || seen.some(test(name))) return null;
    const shown = seen.slice(0, NAMES_SHOWN).map((each) => `"${each}"`);
    const others = shown.length === 0 ? 'None has any' : `There ${seen.length === 1 ? 'is' : 'are'}`;
    const names = `${shown.join(', ')}${seen.length > NAMES_SHOWN ? ` and ${seen.length - NAMES_SHOWN} more` : ''}`;
    return `No request of the last ${LATELY_DAYS} days has the ${word} "${name}". ${`${others} ${names}`.trim()}.`;
  };
  try {
    const all = Promise.all([unseen('app'), unseen('model'), unseen('tag')]);
    const words = await Promise.race([all.catch(() => null), late.promise]);
    return words?.filter((text) => text !== null).join(' ') || null;
  } finally {
    clearTimeout(timer);
  }
}
