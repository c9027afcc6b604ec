// From a request to the endpoint that it asks, with its input checked; or to why there is none.

import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import { TokenWatchError } from '../core/errors.ts';
import { ENDPOINTS } from './endpoints.ts';
import { ALIASES, API_ROOT, ENDPOINT_NAMES, type EndpointName, pathOf, VERSION_ROOT } from './paths.ts';
import { acceptedForm, invalid, type Kind, methodNotAllowed, refusal } from './refusal.ts';
import type { Endpoint } from './schema/endpoint.ts';

export interface ApiRequest {
  readonly method: string;
  /** `/api/stats`, or `/api/v1/stats`. */
  readonly path: string;
  readonly parameters: URLSearchParams;
  /** Throws for a visitor who may not ask this one: nothing is read then. */
  readonly admit?: (name: EndpointName) => void;
  /** Reads the body; asked for only where one is used. */
  readonly body: () => Promise<Buffer>;
}

export interface Asked {
  readonly name: EndpointName;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What answers at a path, by method; `/tags/` is where `/tags/{name}` lies. */
const PLACES: ReadonlyMap<string, Readonly<Record<string, EndpointName>>> = placesOf();

/** Throws `unknown_route`, `method_not_allowed` or, for a parameter or a field, `invalid_argument`. */
export async function routed({ method, path, parameters, admit, body }: ApiRequest): Promise<Asked> {
  const { name, own } = endpointAt(method, path);
  admit?.(name);
  const { input: schema }: Endpoint = ENDPOINTS[name];
  if (method !== 'POST')
    return { name, input: { ...checked(schema, valuesOf(schema, parameters), 'parameter'), ...own } };
  const [stray] = parameters.keys();
  if (stray !== undefined)
    throw invalid(`There is no parameter "${stray}": what is sent goes into the body.`);
  return { name, input: { ...checked(schema, readDocument(await body()), 'field'), ...own } };
}

/** The same for an input that did not come by a request: `own` parts and fields together. */
export function checkedInput(
  name: EndpointName,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { placeholder, method } = pathOf(name);
  const { input: schema }: Endpoint = ENDPOINTS[name];
  const fields = Object.fromEntries(
    Object.entries(given).filter(([key, value]) => key !== placeholder && value !== undefined),
  );
  const own = placeholder === null ? {} : { [placeholder]: given[placeholder] };
  return { ...checked(schema, fields, method === 'POST' ? 'field' : 'parameter'), ...own };
}

/** `own` is what the path itself says: `{ name: 'daily' }`. */
export function endpointAt(
  method: string,
  path: string,
): { readonly name: EndpointName; readonly own: Readonly<Record<string, string>> } {
  const { place, rest } = placeAt(path);
  const name = place[method === 'HEAD' ? 'GET' : method];
  if (name === undefined) throw methodNotAllowed(method, path, Object.keys(place));
  const { placeholder } = pathOf(name);
  return { name, own: placeholder === null ? {} : { [placeholder]: rest } };
}

function placesOf(): ReadonlyMap<string, Readonly<Record<string, EndpointName>>> {
  const places = new Map<string, Record<string, EndpointName>>();
  const put = (path: string, name: EndpointName): void => {
    const place = places.get(path) ?? {};
    places.set(path, place);
    place[pathOf(name).method] = name;
  };
  for (const name of ENDPOINT_NAMES) {
    const { path, placeholder } = pathOf(name);
    put(placeholder === null ? path : `${path}/`, name);
  }
  for (const [path, name] of Object.entries(ALIASES)) put(path, name);
  return places;
}

function placeAt(path: string): {
  readonly place: Readonly<Record<string, EndpointName>>;
  readonly rest: string;
} {
  const root = path.startsWith(`${VERSION_ROOT}/`) ? VERSION_ROOT : API_ROOT;
  const asked = path.slice(root.length);
  const exact = asked.endsWith('/') ? undefined : PLACES.get(asked);
  if (exact !== undefined) return { place: exact, rest: '' };
  // A name may hold slashes: the longest path that it lies under counts.
  for (let end = asked.lastIndexOf('/'); end > 0; end = asked.lastIndexOf('/', end - 1)) {
    const place = PLACES.get(asked.slice(0, end + 1));
    if (place !== undefined && end + 1 < asked.length) return { place, rest: decoded(asked.slice(end + 1)) };
  }
  throw unknownRoute(root, path);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A name that is no valid escape names nothing: whoever looks for it says so.
    return text;
  }
}

/** Names what lies nearest: the paths of the same beginning, or where everything is to be found. */
function unknownRoute(root: string, path: string): TokenWatchError {
  const [, first = ''] = path.slice(root.length).split('/');
  const known = [...PLACES.keys()].filter((each) => !each.endsWith('/'));
  const near = known.filter((each) => each.startsWith(`/${first}/`) || each === `/${first}`);
  const named = near.length > 0 ? near : known.filter((each) => each.lastIndexOf('/') === 0);
  const list = named.map((each) => API_ROOT + each).join(', ');
  return new TokenWatchError(
    'unknown_route',
    `There is no ${path}. ${named.length === 1 ? 'There is' : 'There are'} ${list}${near.length > 0 ? '' : ', and /ws/live'}; ${API_ROOT}/ tells of them all.`,
  );
}

function checked(schema: z.ZodObject, given: unknown, kind: Kind): Readonly<Record<string, unknown>> {
  const { data, error } = schema.safeParse(given, { error: acceptedForm });
  if (error === undefined) return data;
  // A name that is not known may be what is missing under another: it is told first.
  const issue =
    error.issues.find(({ code, path }) => code === 'unrecognized_keys' && path.length === 0) ??
    error.issues[0];
  if (issue === undefined) throw error;
  throw refusal(issue, given, Object.keys(schema.shape), kind);
}

/** Texts as what their schema wants. An empty one is none. Throws `invalid_argument` for two values of one name. */
function valuesOf(schema: z.ZodObject, parameters: URLSearchParams): Readonly<Record<string, unknown>> {
  // Without a prototype: a parameter may be called as one of its members is, and is refused as any other.
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, text] of parameters) {
    if (text === '') continue;
    const value = readValue(kindOf(schema.shape[name]), text);
    // Either would answer another question than was asked.
    if (Object.hasOwn(values, name) && values[name] !== value)
      throw invalid(
        `The parameter "${name}" is given twice, as "${values[name]}" and as "${text}". Give one.`,
      );
    values[name] = value;
  }
  return values;
}

/** What is no value of that kind stays a text, and is refused as such. */
function readValue(kind: string | undefined, text: string): unknown {
  if (kind === 'number' && /^-?\d{1,16}(?:\.\d{1,20})?$/.test(text)) return Number(text);
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function kindOf(schema: z.core.$ZodType | undefined): string | undefined {
  const { def } = schema?._zod ?? {};
  if (def?.type === 'optional' || def?.type === 'default' || def?.type === 'nullable')
    return kindOf((def as z.core.$ZodOptionalDef).innerType);
  return def?.type;
}

function readDocument(body: Buffer): unknown {
  if (!isUtf8(body)) throw invalid('The body is not UTF-8.');
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw invalid(`The body is no JSON: ${cause instanceof Error ? cause.message : String(cause)}.`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw invalid('The body is no JSON object.');
}
