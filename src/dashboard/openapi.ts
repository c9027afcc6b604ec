// The JSON API as an OpenAPI document, made of the schemas that check it.

import { z } from 'zod';
import { ENDPOINTS } from './endpoints.ts';
import {
  ALIASES,
  API_ROOT,
  ENDPOINT_NAMES,
  type EndpointName,
  PATHS,
  pathOf,
  VERSION_ROOT,
} from './paths.ts';
import type { Endpoint } from './schema/endpoint.ts';

type Json = Readonly<Record<string, unknown>>;

export interface Operation {
  readonly operationId: EndpointName;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Json[];
  readonly requestBody?: Json;
  readonly responses: Json;
}

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

const ABOUT = `Times are epoch milliseconds, money is integer nano-dollars, and an unknown price is null. Every path is answered under ${API_ROOT} as well as under ${VERSION_ROOT}, and ${Object.entries(
  ALIASES,
)
  .map(([path, name]) => `${API_ROOT}${path} is ${API_ROOT}${pathOf(name).path}`)
  .join(', ')}. What happens as it happens is told by the WebSocket /ws/live.`;

const problem = z
  .strictObject({
    error: z.strictObject({
      code: z.string(),
      message: z.string().describe('what is wrong, and what to do'),
    }),
  })
  .meta({ id: 'Problem' });

export function openApiDocument(version: string): OpenApiDocument {
  const schemas: Record<string, Json> = {};
  const paths: Record<string, Record<string, Operation>> = {};
  const problemSchema = jsonSchema(problem, 'output', schemas);
  for (const name of ENDPOINT_NAMES) {
    const [method = '', path = ''] = PATHS[name].split(' ');
    const operations = paths[path] ?? {};
    paths[path] = operations;
    operations[method.toLowerCase()] = operationOf(name, schemas, problemSchema);
  }
  return {
    openapi: '3.1.1',
    info: { title: 'TokenWatch', version, description: ABOUT },
    servers: [{ url: VERSION_ROOT }],
    paths,
    components: { schemas },
  };
}

function operationOf(name: EndpointName, schemas: Record<string, Json>, problemSchema: Json): Operation {
  const endpoint: Endpoint = ENDPOINTS[name];
  const { method, path, placeholder } = pathOf(name);
  const input = jsonSchema(endpoint.input, 'input', schemas);
  const parameters = [
    ...(placeholder === null
      ? []
      : [{ name: placeholder, in: 'path', required: true, schema: { type: 'string' } }]),
    ...(method === 'POST' ? [] : queryOf(input)),
  ];
  const json = (schema: Json): Json => ({ 'application/json': { schema } });
  return {
    operationId: name,
    summary: endpoint.about,
    tags: [path.split('/')[1] ?? ''],
    ...(parameters.length > 0 && { parameters }),
    ...(method === 'POST' && { requestBody: { required: true, content: json(input) } }),
    responses: {
      200: { description: 'The answer.', content: json(jsonSchema(endpoint.answer, 'output', schemas)) },
      default: { description: 'What is wrong.', content: json(problemSchema) },
    },
  };
}

function queryOf(input: Json): readonly Json[] {
  const required = (input.required ?? []) as readonly string[];
  return Object.entries((input.properties ?? {}) as Readonly<Record<string, Json>>).map(
    ([name, { description, ...schema }]) => ({
      name,
      in: 'query',
      ...(required.includes(name) && { required: true }),
      ...(description !== undefined && { description }),
      schema,
    }),
  );
}

/** What has a name goes into `schemas`, and is referred to. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, Json>): Json {
  const {
    $schema: _,
    $defs,
    ...json
  } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema: found }) => {
      delete found.id;
      // The bounds of what JavaScript counts exactly say nothing of the value.
      if (found.minimum === Number.MIN_SAFE_INTEGER) delete found.minimum;
      if (found.maximum === Number.MAX_SAFE_INTEGER) delete found.maximum;
    },
  }) as Json & { readonly $defs?: Readonly<Record<string, Json>> };
  const at = (value: Json): Json =>
    JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
  for (const [id, found] of Object.entries($defs ?? {})) schemas[id] ??= at(found);
  const { id } = (z.globalRegistry.get(schema) ?? {}) as { readonly id?: string };
  if (id === undefined) return at(json);
  schemas[id] ??= at(json);
  return { $ref: `#/components/schemas/${id}` };
}
