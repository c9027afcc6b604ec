// Recognises operations from method and path. What is free is listed: whatever sends something and is not listed may
// cost money, at an unknown price.

import { type Endpoint, WEBSOCKET_METHOD } from '../../core/protocol.ts';
import { normalPath } from './normal-path.ts';

/** `ANY` fits every method but a WebSocket's. */
type RowMethod = 'GET' | 'POST' | typeof WEBSOCKET_METHOD | 'ANY';

/** A group called `model` in the pattern is the model that the path names. */
export type EndpointRow = readonly [method: RowMethod, path: RegExp, endpoint: Endpoint];

const BASE: Omit<Endpoint, 'name'> = {
  charge: 'unknown',
  hasModel: false,
  model: null,
  metered: false,
  asksForStreamUsage: false,
};

/** Costs nothing, and its answers are not read. */
export const free = (name: string, flags: Partial<Endpoint> = {}): Endpoint => ({
  ...BASE,
  charge: 'nothing',
  name,
  ...flags,
});

/** Charged by the tokens of its text, and its answers say how many. */
export const text = (name: string, flags: Partial<Endpoint> = {}): Endpoint => ({
  ...BASE,
  charge: 'text',
  hasModel: true,
  metered: true,
  name,
  ...flags,
});

/** May cost whatever its answer does not tell. */
export const charged = (name: string, flags: Partial<Endpoint> = {}): Endpoint => ({
  ...BASE,
  hasModel: true,
  name,
  ...flags,
});

/** Nothing was ever charged for these: they look at things, or take them away. */
const FREE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE']);
const OTHER_FREE = free('other');
const OTHER_CHARGED = charged('other', { hasModel: false });

/** Azure's paths name what answers by the name that its owner gave it; a model in the body counts for nothing there. */
const DEPLOYMENT = /(?:^|\/)openai\/deployments\/([^/]+)\//i;

/** `last` is a pattern's source for the end of a path: a version or any other prefix may stand before it. */
export const path = (last: string): RegExp => new RegExp(`(?:^|/)${last}$`, 'i');

/**
 * The same, but right behind a version or another word with which servers' addresses begin. For what is free: within a
 * collection of other things the same name is another operation, as `vector_stores/…/files` is.
 */
export const rootPath = (last: string): RegExp => new RegExp(`^(?:|.*/${ROOT})/?${last}$`, 'i');
const ROOT = '(?:v\\d[\\w.]*|api|anthropic|openai|upload)';

/** Clients ask for few paths, again and again. */
const REMEMBERED_MAX = 500;
const PATH_CHARACTERS_MAX = 200;

export class EndpointTable {
  readonly #rows: readonly EndpointRow[];
  /** What was found, by method and path as they came; without those whose path names a model. */
  readonly #found = new Map<string, Map<string, Endpoint>>();

  /** The first row that fits decides. */
  constructor(rows: readonly EndpointRow[]) {
    this.#rows = rows;
  }

  find(method: string, rawPath: string): Endpoint {
    const found = this.#found.get(method)?.get(rawPath);
    if (found !== undefined) return found;
    const endpoint = this.#search(method, rawPath);
    if (endpoint.model === null && rawPath.length <= PATH_CHARACTERS_MAX)
      this.#remember(method, rawPath, endpoint);
    return endpoint;
  }

  #remember(method: string, rawPath: string, endpoint: Endpoint): void {
    const byPath = this.#found.get(method) ?? new Map<string, Endpoint>();
    if (byPath.size >= REMEMBERED_MAX) byPath.clear();
    byPath.set(rawPath, endpoint);
    if (this.#found.size < REMEMBERED_MAX) this.#found.set(method, byPath);
  }

  #search(method: string, rawPath: string): Endpoint {
    const verb = method.toUpperCase();
    const wanted = normalPath(rawPath);
    for (const [on, pattern, endpoint] of this.#rows) {
      if (on !== verb && (on !== 'ANY' || verb === WEBSOCKET_METHOD)) continue;
      const match = pattern.exec(wanted);
      if (match === null) continue;
      const model = match.groups?.model ?? (endpoint.hasModel ? DEPLOYMENT.exec(wanted)?.[1] : undefined);
      return model === undefined ? endpoint : { ...endpoint, model };
    }
    return FREE_METHODS.has(verb) ? OTHER_FREE : OTHER_CHARGED;
  }
}
