// What a start refuses by settings and by the files that they name, for whoever asks without starting.

import { KeyRing } from '../access/keys/key-ring.ts';
import { KeyRing as PromptKeys } from '../archive/cipher.ts';
import type { ArchiveState } from '../archive/ports.ts';
import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import { leadsToItself } from '../core/own-place.ts';
import type { RuleEntry } from '../core/rule-book.ts';
import { mountsOf } from '../decisions.ts';
import { priceFilesOf, readPriceLists } from '../pricing/price-files.ts';
import type { Mount } from '../proxy/call.ts';
import type { Settings } from '../settings.ts';
import { assertEmbedder } from '../storage/registry.ts';
import { tlsFilesOf } from '../tls/tls-files.ts';
import { egressProxies } from '../upstream/egress.ts';
import { ownPlace } from '../upstream/own-place.ts';
import { needsKey } from './needs-key.ts';
import { oidcOf } from './oidc.ts';

export interface StartQuestion {
  readonly settings: Settings;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The access keys that were made; null where the store cannot be asked. */
  readonly keys: readonly RuleEntry[] | null;
  /** The stored prompts; null where the store cannot be asked, or was not made yet. */
  readonly archive: ArchiveFacts | null;
  readonly clock: Pick<Clock, 'now'>;
}

export interface ArchiveFacts extends Pick<ArchiveState, 'secret' | 'canaries'> {
  /** Whether there are any, or a rule says that there shall be. */
  readonly isUsed: boolean;
}

const LOOKS: readonly ((question: StartQuestion) => void)[] = [
  ({ settings }) => assertElsewhere(settings, mountsOf(settings), settings.TOKENWATCH_PROXY_PORT),
  ({ settings }) => {
    readPriceLists(priceFilesOf(settings.TOKENWATCH_PRICES, settings.TOKENWATCH_DATA_DIR));
  },
  ({ settings }) => {
    oidcOf(settings, tlsFilesOf(settings, 'dashboard') !== null);
  },
  ({ environment }) => {
    egressProxies(environment);
  },
  ({ settings }) => {
    if (settings.TOKENWATCH_CACHE_ENABLED) assertEmbedder(settings.TOKENWATCH_CACHE_EMBEDDER, settings);
  },
  ({ settings, keys, clock }) => {
    if (keys === null) return;
    // Nothing is looked up by a hash.
    needsKey(settings, new KeyRing({ entries: () => keys, peppers: () => [] }), clock.now());
  },
  ({ settings: { TOKENWATCH_STORE_PROMPTS: stores, TOKENWATCH_PROMPT_KEY: keys }, archive }) => {
    if (archive !== null && (stores || archive.isUsed))
      new PromptKeys(keys, archive.secret, archive.canaries);
  },
];

/** In the words in which it refuses. */
export function startRefusals(question: StartQuestion): readonly string[] {
  return LOOKS.flatMap((look) => {
    try {
      look(question);
      return [];
    } catch (error) {
      if (error instanceof TokenWatchError) return [error.message];
      throw error;
    }
  });
}

/** Throws where a mount's own upstream is this proxy, or its dashboard. */
export function assertElsewhere(settings: Settings, mounts: readonly Mount[], port: number): void {
  const here = ownPlace(settings.TOKENWATCH_HOST, [port, settings.TOKENWATCH_DASHBOARD_PORT]);
  for (const { protocol, base } of mounts)
    if (leadsToItself(base, here))
      throw new TokenWatchError(
        'invalid_setting',
        `TOKENWATCH_${protocol.name.toUpperCase()}_URL="${base.address}" is this TokenWatch itself: requests would come back without end. Give the address of the API.`,
      );
}
