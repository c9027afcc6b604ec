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
  /** The models that it serves (`*` is any text); null for all. */
  readonly models: string | null;
  /** Whether the client's credentials go to it although its origin is another than the default one. */
  readonly sendsClientKey: boolean;
}

export interface Upstream extends Omit<UpstreamDefinition, 'url'> {
  readonly name: string;
  /** Tells this one from an earlier one of the same name. */
  readonly id: string;
  readonly base: URL;
  /** Origin and path, as records show it. */
  readonly address: string;
  /** Null: a request that names no model; only an upstream of all models takes it. */
  readonly serves: (model: string | null) => boolean;
}

/** The name of what TOKENWATCH_ANTHROPIC_URL and TOKENWATCH_OPENAI_URL say. */
export const DEFAULT_UPSTREAM = 'default';
export const DEFAULT_PRIORITY = 100;

export function addressOf(base: URL): string {
  return base.origin + base.pathname.replace(/\/$/, '');
}

/** The mount's own base as an upstream. */
export function defaultUpstream(api: ProtocolName, base: URL): Upstream {
  return {
    api,
    name: DEFAULT_UPSTREAM,
    id: `${DEFAULT_UPSTREAM} ${api}`,
    base,
    address: addressOf(base),
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
export function takesClientKey(upstream: Upstream, defaultBase: URL): boolean {
  if (upstream.key !== null) return false;
  return upstream.sendsClientKey || upstream.base.origin === defaultBase.origin;
}

/** The name under which an upstream knows a model. */
export function modelAt(upstream: Upstream, model: string | null): string | null {
  return model === null ? null : (upstream.modelMap[model] ?? model);
}
