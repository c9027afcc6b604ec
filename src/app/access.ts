// Access keys: those in force, and whether requests need one.

import { KeyBook } from '../access/key-book.ts';
import { KeyRing } from '../access/key-ring.ts';
import { peppersOf } from '../access/pepper.ts';
import { TokenWatchError } from '../core/errors.ts';
import { keyHandlers } from '../dashboard/key-handlers.ts';
import { AccessStep } from '../proxy/access-step.ts';
import type { Settings } from '../settings.ts';
import type { Ground } from './ground.ts';
import type { Records } from './records.ts';
import { knownRules, type Rules } from './rules.ts';

const THIS_MACHINE = /^(?:127\.[\d.]+|::1|localhost)$/i;

/** Throws where other machines are let in, and nobody could be told from another. */
export function startAccess({ settings, reloads, clock }: Ground, { watch }: Rules): AccessStep {
  const pepperOf = ({ TOKENWATCH_KEY_PEPPER: set }: Settings): readonly string[] =>
    peppersOf(settings.TOKENWATCH_DATA_DIR, set);
  let peppers: readonly string[] | null = null;
  const ring = new KeyRing({
    entries: () => watch.current.keys,
    peppers: () => {
      peppers ??= pepperOf(settings);
      return peppers;
    },
  });
  const step = new AccessStep({ ring, clock, isRequired: isRequired(settings, ring, clock.now()) });
  reloads.add(['TOKENWATCH_ACCESS', 'TOKENWATCH_KEY_PEPPER'], (fresh) => {
    const host = settings.TOKENWATCH_HOST;
    const needed = isRequired({ ...fresh, TOKENWATCH_HOST: host }, ring, clock.now());
    peppers = ring.hasKeys ? pepperOf(fresh) : null;
    step.require(needed);
  });
  return step;
}

/** Whether requests without a key are refused. Throws where nobody could have one. */
function isRequired(settings: Settings, ring: KeyRing, nowMs: number): boolean {
  const { TOKENWATCH_ACCESS: access, TOKENWATCH_HOST: host } = settings;
  const needed = access === 'keys' || (access === 'auto' && !letsNobodyElseIn(settings));
  if (needed && !ring.opensAt(nowMs))
    throw new TokenWatchError(
      'invalid_setting',
      access === 'keys'
        ? 'TOKENWATCH_ACCESS="keys" lets only requests with an access key in, and there is no key in use. Make one (tokenwatch key create NAME), or set TOKENWATCH_ACCESS=auto.'
        : `TOKENWATCH_HOST="${host}" lets other machines in, and no access key is in use: whoever reaches the port could spend with it. Make a key (tokenwatch key create NAME), or, where something else keeps strangers out, set TOKENWATCH_ACCESS=open.`,
    );
  return needed;
}

export function keysApi({ settings, clock }: Ground, { store }: Records, rules: Rules) {
  const { watch, revocations } = rules;
  return keyHandlers({
    book: new KeyBook({
      book: store.rules,
      clock,
      pepper: () => peppersOf(settings.TOKENWATCH_DATA_DIR, settings.TOKENWATCH_KEY_PEPPER)[0] ?? '',
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

function letsNobodyElseIn({ TOKENWATCH_HOST: host }: Settings): boolean {
  return THIS_MACHINE.test(host);
}
