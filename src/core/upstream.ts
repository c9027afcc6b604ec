// An upstream: one of the places that can answer a request. What the user set, and what of it requests need.

import type { ProtocolName } from './protocol.ts';

/** Where an upstream's own key is read from, at the moment of use: it is never stored. */
export interface KeySource {
  readonly from: 'environment' | 'file';
  /** The variable, or the path. */
  readonly name: string;
}

/** As the user wrote it and the store keeps it. */
export interface UpstreamDefinition {
  readonly api: ProtocolName;
  readonly url: string;
  /** Smaller is asked first. */
  readonly priority: number;
  /** Its share among those of the same priority. */
  readonly weight: number;
  /** Null: it has no key of its own. */
  readonly key: KeySource | null;
  /** The header that carries the key; `authorization` carries it as a bearer token. */
  readonly keyHeader: string;
  /** Added to every request, in place of the client's own of that name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Its own names of models, by the name that is asked for. */
  readonly modelMap: Readonly<Record<string, string>>;
  /** The models that it serves, with commas between (`*` is any text); null for all. */
  readonly models: string | null;
  /** Whether the client's credentials go to it although its origin is another than the default one. */
  readonly sendsClientKey: boolean;
}

/** Where an API begins, read from its URL once: a URL's own getters are slow for every request. */
export interface BaseUrl {
  readonly origin: string;
  readonly protocol: string;
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  /** Origin and path, as records show it. */
  readonly address: string;
}

export function baseUrlOf({ origin, protocol, host, hostname, port, pathname }: URL): BaseUrl {
  const address = origin + pathname.replace(/\/$/, '');
  return { origin, protocol, host, hostname, port, pathname, address };
}

export interface Upstream extends Omit<UpstreamDefinition, 'url'> {
  readonly name: string;
  /** Tells this one from an earlier one of the same name. */
  readonly id: string;
  readonly base: BaseUrl;
  /** Null: a request that names no model; only an upstream of all models takes it. */
  readonly serves: (model: string | null) => boolean;
}

/** The name of what TOKENWATCH_ANTHROPIC_URL and TOKENWATCH_OPENAI_URL say. */
export const DEFAULT_UPSTREAM = 'default';
const DEFAULT_PRIORITY = 100;

/** The mount's own base as an upstream. */
export function defaultUpstream(api: ProtocolName, base: BaseUrl): Upstream {
  return {
    api,
    name: DEFAULT_UPSTREAM,
    id: `${DEFAULT_UPSTREAM} ${api}`,
    base,
    priority: DEFAULT_PRIORITY,
    weight: 1,
    key: null,
    keyHeader: 'authorization',
    headers: {},
    modelMap: {},
    models: null,
    serves: () => true,
    sendsClientKey: false,
  };
}

/**
 * Whether the client's own credentials may go there: never beside a key of its own, and to another origin than the
 * mount's own only where the user said so.
 */
export function takesClientKey(upstream: Upstream, defaultBase: BaseUrl): boolean {
  if (upstream.key !== null) return false;
  return upstream.sendsClientKey || upstream.base.origin === defaultBase.origin;
}

/** The name under which an upstream knows a model. */
export function modelAt(upstream: Upstream, model: string | null): string | null {
  // A model may be called as every object's own members are: `constructor`.
  if (model === null || !Object.hasOwn(upstream.modelMap, model)) return model;
  return upstream.modelMap[model] ?? model;
}
