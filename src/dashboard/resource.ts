// What users set by the API: each kind of thing under one path, with what can be done to it.
// `GET /api/routes` lists, `POST /api/routes` adds; `GET`, `POST` and `DELETE /api/routes/NAME` show, change and
// remove one.

import { TokenWatchError } from '../core/errors.ts';
import { readDocument } from './fields.ts';

type Document = Readonly<Record<string, unknown>>;

/** Answers are JSON values. What a resource does not have is refused with what it has. */
export interface Resource {
  readonly list?: () => Promise<unknown>;
  readonly add?: (document: Document) => Promise<unknown>;
  readonly show?: (name: string, parameters: URLSearchParams) => Promise<unknown>;
  readonly change?: (name: string, document: Document) => Promise<unknown>;
  readonly remove?: (name: string) => Promise<unknown>;
}

/** By their paths: `/api/routes`. */
export type Resources = Readonly<Record<string, Resource>>;

export interface ResourceRequest {
  readonly method: string;
  readonly path: string;
  readonly parameters: URLSearchParams;
  /** Reads the body; asked for only where one is used. */
  readonly body: () => Promise<Buffer>;
}

/** The resource that a path belongs to, and the name behind it; null where it belongs to none. */
export function resourceAt(
  resources: Resources,
  path: string,
): { readonly resource: Resource; readonly name: string | null } | null {
  const [, root = '', rest] = /^(\/api\/[a-z-]+)(?:\/(.+))?$/.exec(path) ?? [];
  const resource = Object.hasOwn(resources, root) ? resources[root] : undefined;
  if (resource === undefined) return null;
  return { resource, name: rest === undefined ? null : decoded(rest) };
}

/** Throws `method_not_allowed`, or what the resource throws. */
export async function askResource(
  resource: Resource,
  name: string | null,
  request: ResourceRequest,
): Promise<unknown> {
  const actions = actionsOf(resource, name);
  const action = actions[request.method === 'HEAD' ? 'GET' : request.method];
  if (action !== undefined) return action(request);
  throw new TokenWatchError(
    'method_not_allowed',
    `${request.method} is not known at ${request.path}, only ${Object.keys(actions).join(', ')}.`,
    { headers: { allow: Object.keys(actions).join(', ') } },
  );
}

type Action = (request: ResourceRequest) => Promise<unknown>;

function actionsOf(resource: Resource, name: string | null): Readonly<Record<string, Action>> {
  const { list, add, show, change, remove } = resource;
  if (name === null)
    return {
      ...(list && { GET: () => list() }),
      ...(add && { POST: async ({ body }: ResourceRequest) => add(readDocument(await body())) }),
    };
  return {
    ...(show && { GET: ({ parameters }: ResourceRequest) => show(name, parameters) }),
    ...(change && { POST: async ({ body }: ResourceRequest) => change(name, readDocument(await body())) }),
    ...(remove && { DELETE: () => remove(name) }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A name that is no valid escape names nothing: the resource says so.
    return text;
  }
}
