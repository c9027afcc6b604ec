// Where an access key would leave with a request, or be kept with its labels: in a header or a part of the address that is
// no credential, and goes on as it is.

import { isCredentialHeader } from '../core/credential-headers.ts';
import { targetAt } from './credentials.ts';

interface Asked {
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly target: string;
}

/** It never leaves. */
const OWN = 'x-tokenwatch-key';
/** Has parts of its own for keys. */
const PROTOCOLS = 'sec-websocket-protocol';

/**
 * In words; null where it would not. `keepsCredentials`: those of the client go on, too. `holdsKey` tells of a text
 * whether one is in it.
 */
export function misplacedKey(
  { rawHeaders, target }: Asked,
  keepsCredentials: boolean,
  holdsKey: (text: string) => boolean,
): string | null {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = [rawHeaders[index], rawHeaders[index + 1]];
    if (holdsKey(name)) return 'as the name of a header';
    const lower = name.toLowerCase();
    const isTakenOut = isCredentialHeader(lower) || lower === PROTOCOLS;
    if (lower !== OWN && (keepsCredentials || !isTakenOut) && holdsKey(value))
      return `in the header "${name}"`;
  }
  const address = keepsCredentials ? target : targetAt({ takesClientKey: false }, target);
  return holdsKey(plainOf(address)) ? 'in the address' : null;
}

const plainOf = (address: string): string =>
  address.replace(/%([2-7][0-9a-f])/gi, (_all, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
