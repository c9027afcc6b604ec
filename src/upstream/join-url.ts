// Where a client's path lands: the base URL of the upstream and the path after the mount, joined so that
// SDKs configured with or without a version path both arrive.

import type { BaseUrl } from '../core/upstream.ts';

/** Origins whose API does not lie under `/v1` when the configured base has no path. */
const API_ROOT_BY_HOST: Readonly<Record<string, string>> = {
  'api.z.ai': '/api/paas/v4',
  'open.bigmodel.cn': '/api/paas/v4',
  'api.perplexity.ai': '',
};

const VERSION_SEGMENT = /^\/v\d+(?:[a-z]+\d*)?(?=\/|$)/;
const ENDS_IN_VERSION = /\/v\d+(?:[a-z]+\d*)?$/;
/**
 * Bases that hold a version, and end in the name of OpenAI's API in a house of its own: Gemini's `/v1beta/openai`,
 * DeepInfra's `/v1/openai`, Vertex AI's `/v1/…/endpoints/openapi`, Cloudflare's `/v1/…/compat`; and Azure's deployments,
 * whose version is in the query.
 */
const HOUSES_OPENAI =
  /(?:\/v\d+(?:[a-z]+\d*)?\/(?:.*\/)?(?:openai|openapi|compat)|\/openai\/deployments\/[^/]+)$/;

/** Resources that exist only below a version: a client path that starts with one lacks its version. */
const VERSIONED_RESOURCE =
  /^\/(?:messages|complete|chat\/completions|completions|responses|conversations|embeddings|models|files|uploads|batches|images|audio|moderations|realtime|vector_stores|fine_tuning|assistants|threads|evals|containers|organizations|videos|skills)(?=\/|$)/;

/**
 * The upstream path (with the query) for a client path.
 *
 * 1. A base that ends in a version (`…/v1`, `…/api/paas/v4`), or has one and ends in the name of OpenAI's API
 *    (`…/v1beta/openai`), is the API's root: the client's own version segment is dropped (`/v1/chat/completions` and
 *    `/chat/completions` land on the same place).
 * 2. A base without any path takes the client's path as it is, and gets `/v1` where the path starts with a
 *    resource that exists only below a version. Hosts with another root (api.z.ai: `/api/paas/v4`) get theirs,
 *    instead of the client's version too.
 * 3. A base with another path (`/api/anthropic`) is put before the client's path as it is.
 *
 * A client path that repeats the base's path is not doubled.
 */
export function joinUpstreamPath(base: Base, path: string): string {
  const query = path.indexOf('?');
  if (query === -1) return joinPath(base, path);
  return joinPath(base, path.slice(0, query)) + path.slice(query);
}

type Base = Pick<BaseUrl, 'hostname' | 'pathname'>;

/** Clients ask for few paths, again and again. */
const REMEMBERED_MAX = 500;
const PATH_CHARACTERS_MAX = 200;
const JOINED = new WeakMap<Base, Map<string, string>>();

/** Without queries, which may be new each time. */
function joinPath(base: Base, path: string): string {
  const joined = JOINED.get(base) ?? new Map<string, string>();
  const known = joined.get(path);
  if (known !== undefined) return known;
  const result = join(base, path);
  if (path.length > PATH_CHARACTERS_MAX) return result;
  if (joined.size >= REMEMBERED_MAX) joined.clear();
  joined.set(path, result);
  JOINED.set(base, joined);
  return result;
}

function join(base: Base, path: string): string {
  const basePath = base.pathname === '/' ? '' : base.pathname.replace(/\/+$/, '');
  if (basePath !== '' && (path === basePath || path.startsWith(`${basePath}/`))) return path;
  if (ENDS_IN_VERSION.test(basePath) || HOUSES_OPENAI.test(basePath))
    return basePath + path.replace(VERSION_SEGMENT, '');
  if (basePath !== '') return basePath + path;

  const root = Object.hasOwn(API_ROOT_BY_HOST, base.hostname) ? API_ROOT_BY_HOST[base.hostname] : undefined;
  const bare = path.replace(VERSION_SEGMENT, '');
  const isResource = VERSIONED_RESOURCE.test(bare);
  if (root !== undefined) return isResource ? root + bare : path;
  return isResource && bare === path ? `/v1${path}` : path;
}
