// The embedders by the name that TOKENWATCH_CACHE_EMBEDDER gives them. One more is a line here and a file beside it.

import { TokenWatchError } from '../../core/errors.ts';
import { withoutCredentials } from '../../core/without-credentials.ts';
import type { Embedder } from '../embedder.ts';
import { CanonicalEmbedder } from './canonical-embedder.ts';
import { EndpointEmbedder } from './endpoint-embedder.ts';
import { WorkerEmbedder } from './worker-embedder.ts';

export interface EmbedderMeans {
  /** The operator's own, for an endpoint. */
  readonly key?: string;
  /** The way to an endpoint; straight, if it is not given. */
  readonly fetch?: typeof fetch;
  /** Opens what embeds in the database. */
  readonly ofStore?: (model: string) => Promise<Embedder>;
}

/** Opens an embedder from what stands behind its name and a colon. */
type OpenEmbedder = (argument: string, means: EmbedderMeans) => Promise<Embedder>;

const EMBEDDERS: Readonly<Record<string, OpenEmbedder>> = {
  local: () => WorkerEmbedder.open({ kind: 'local' }),
  transformers: (model) => WorkerEmbedder.open({ kind: 'transformers', model }),
  endpoint: (address, means) => EndpointEmbedder.open(address, means),
};
/** The one that is a store's own. */
const OF_STORE = 'oracle';

/**
 * `choice` is the setting's value: `local`, or a name, a colon and an argument. Rejects with `invalid_setting` for a name
 * that is not known, and with `embedder_failed` where the embedder cannot run now.
 */
export async function openEmbedder(choice: string, means: EmbedderMeans = {}): Promise<Embedder> {
  const [, name = '', argument = ''] = /^([^:]*):?(.*)$/s.exec(choice) ?? [];
  const open = name === OF_STORE ? means.ofStore : EMBEDDERS[name];
  if (open === undefined) {
    throw new TokenWatchError(
      'invalid_setting',
      `TOKENWATCH_CACHE_EMBEDDER="${withoutCredentials(choice)}" names no embedder; there are ${Object.keys(EMBEDDERS).join(', ')} and ${OF_STORE}.`,
    );
  }
  return new CanonicalEmbedder(await open(argument, means));
}
