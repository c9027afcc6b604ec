// The embedders by the name that TOKENWATCH_CACHE_EMBEDDER gives them. One more is a line here and a file beside it.

import { TokenWatchError } from '../../core/errors.ts';
import { withoutCredentials } from '../../core/without-credentials.ts';
import type { Embedder } from '../embedder.ts';
import { CanonicalEmbedder } from './canonical-embedder.ts';
import { EndpointEmbedder } from './endpoint-embedder.ts';
import { WorkerEmbedder } from './worker-embedder.ts';

/** Opens an embedder from what stands behind its name and a colon. `key` is the operator's own. */
type OpenEmbedder = (argument: string, key: string) => Promise<Embedder>;

const EMBEDDERS: Readonly<Record<string, OpenEmbedder>> = {
  local: () => WorkerEmbedder.open({ kind: 'local' }),
  transformers: (model) => WorkerEmbedder.open({ kind: 'transformers', model }),
  endpoint: (address, key) => EndpointEmbedder.open(address, key),
};
/** The one that is a store's own. */
const OF_STORE = 'oracle';

/**
 * `choice` is the setting's value: `local`, or a name, a colon and an argument. `ofStore` opens what embeds in the
 * database. Rejects with `invalid_setting` for a
 * name that is not known, and with `embedder_failed` where the embedder cannot run now.
 */
export async function openEmbedder(
  choice: string,
  key = '',
  ofStore: ((model: string) => Promise<Embedder>) | null = null,
): Promise<Embedder> {
  const [, name = '', argument = ''] = /^([^:]*):?(.*)$/s.exec(choice) ?? [];
  const open = name === OF_STORE && ofStore !== null ? ofStore : EMBEDDERS[name];
  if (open === undefined) {
    throw new TokenWatchError(
      'invalid_setting',
      `TOKENWATCH_CACHE_EMBEDDER="${withoutCredentials(choice)}" names no embedder; there are ${Object.keys(EMBEDDERS).join(', ')} and ${OF_STORE}.`,
    );
  }
  return new CanonicalEmbedder(await open(argument, key));
}
