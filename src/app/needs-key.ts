// Whether requests need an access key, as settings and keys are.

import type { KeyRing } from '../access/keys/key-ring.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { Settings } from '../settings.ts';

const THIS_MACHINE = /^(?:127\.[\d.]+|::1|localhost)$/i;

/** Throws where nobody could have one. */
export function needsKey(settings: Settings, ring: KeyRing, nowMs: number): boolean {
  const { TOKENWATCH_ACCESS: access, TOKENWATCH_HOST: host } = settings;
  const needed = access === 'keys' || (access === 'auto' && !THIS_MACHINE.test(host));
  if (needed && !ring.opensAt(nowMs))
    throw new TokenWatchError(
      'invalid_setting',
      access === 'keys'
        ? 'TOKENWATCH_ACCESS="keys" lets only requests with an access key in, and there is no key in use. Make one (tokenwatch key create NAME), or set TOKENWATCH_ACCESS=auto.'
        : `TOKENWATCH_HOST="${host}" lets other machines in, and no access key is in use: whoever reaches the port could spend with it. Make a key (tokenwatch key create NAME), or, where something else keeps strangers out, set TOKENWATCH_ACCESS=open.`,
    );
  return needed;
}
