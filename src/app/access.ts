// Access keys: those in force, and whether requests need one.

import { keyOf } from '../access/keys/access-key.ts';
import { KeyBook } from '../access/keys/key-book.ts';
import { KeyRing } from '../access/keys/key-ring.ts';
import { newKeyPepper, peppersOf, pepperTrouble } from '../access/keys/pepper.ts';
import { keyHandlers } from '../dashboard/handlers/key-handlers.ts';
import { AccessStep } from '../proxy/access-step.ts';
import type { Settings } from '../settings.ts';
import type { Ground } from './ground.ts';
import { needsKey } from './needs-key.ts';
import type { Records } from './records.ts';
import { knownRules, type Rules } from './rules.ts';

/** Throws where other machines are let in, and nobody could be told from another. */
export function startAccess({ settings, reloads, clock, warn }: Ground, { watch }: Rules): AccessStep {
  const pepperOf = ({ TOKENWATCH_KEY_PEPPER: set }: Settings): readonly string[] =>
    peppersOf(settings.TOKENWATCH_DATA_DIR, set);
  let peppers: readonly string[] | null = null;
  const ring = new KeyRing({
    entries: () => watch.current.keys,
    peppers: () => {
      if (peppers === null || peppers.length === 0) peppers = pepperOf(settings);
      return peppers;
    },
  });
  const step = new AccessStep({ ring, clock, isRequired: needsKey(settings, ring, clock.now()) });
  reloads.add(['TOKENWATCH_ACCESS', 'TOKENWATCH_KEY_PEPPER'], (fresh) => {
    const host = settings.TOKENWATCH_HOST;
    const needed = needsKey({ ...fresh, TOKENWATCH_HOST: host }, ring, clock.now());
    peppers = ring.hasKeys ? pepperOf(fresh) : null;
    step.require(needed);
    const { TOKENWATCH_DATA_DIR: dataDir } = settings;
    const keys = watch.current.keys.map(keyOf);
    const trouble = pepperTrouble(dataDir, fresh.TOKENWATCH_KEY_PEPPER, keys, clock.now());
    if (trouble !== null) warn(trouble);
  });
  return step;
}

export function keysApi({ settings, clock }: Ground, { store }: Records, rules: Rules) {
  const { watch, revocations } = rules;
  return keyHandlers({
    book: new KeyBook({
      book: store.rules,
      clock,
      pepper: (hasKeys) =>
        newKeyPepper(settings.TOKENWATCH_DATA_DIR, settings.TOKENWATCH_KEY_PEPPER, hasKeys),
      running: {
        entries: () => knownRules(watch),
        async revoke(revocation) {
          revocations.add(revocation);
          watch.overlay();
          await watch.refreshInTime();
        },
      },
    }),
    analytics: store.analytics,
    clock,
    changed: () => watch.refresh(),
    running: {
      trouble: () => watch.trouble,
      isStored: () => revocations.all.length === 0,
      isKept: () => revocations.isKept,
    },
  });
}
