// Rules that users set: tags, routes, what is cached and what is archived.

import { z } from 'zod';
import { CACHE_SHARES } from '../../policy/cache-policy.ts';
import { CONDITIONS_MAX } from '../../policy/rule-editor.ts';
import { endpoint } from './endpoint.ts';
import { condition, modelName, modelScope, ruleName, scopePart } from './forms.ts';
import { apiName, fault, figure, flag, moment, optional, text, wholeNumber } from './values.ts';

const named = { name: text, createdAtMs: moment };
const priority = wholeNumber(0, 999_999_999).describe('smaller is tried first');
const scope = {
  app: optional(scopePart).describe('* stands for any text'),
  tag: optional(scopePart).describe('a whole tag, or a facet of it'),
};
const ownScope = { app: text.nullable(), tag: text.nullable() };
export const removed = z.strictObject({ removed: text });

const tag = { condition, tag: scopePart };

const route = {
  conditions: z.array(condition),
  match: z.enum(['all', 'any']),
  target: text,
  api: apiName.nullable(),
  targetApi: apiName.nullish(),
  upstream: text.nullish(),
  priority: z.int(),
  enabled: flag,
};

const cacheRule = {
  ...ownScope,
  model: text.nullable(),
  priority: z.int(),
  cache: flag.nullable(),
  semantic: flag.nullable(),
  ttlMs: figure.nullable(),
  distanceMax: figure.nullable(),
  share: z.enum(CACHE_SHARES).nullable(),
};

const archiveRule = { ...ownScope, priority: z.int(), store: flag };

const list = <Key extends string, Row extends z.ZodType>(key: Key, row: Row) =>
  z.strictObject({ [key]: z.array(row), fault } as { readonly [K in Key]: z.ZodArray<Row> } & {
    readonly fault: typeof fault;
  });

export const ruleEndpoints = {
  tags: endpoint('Tag rules.', {}, list('tags', z.strictObject({ ...named, ...tag }))),
  tagAdd: endpoint(
    'Tags requests by a condition.',
    { name: ruleName, ...tag },
    z.strictObject({ added: z.strictObject({ name: text, ...tag }) }),
  ),
  tagRemove: endpoint('Removes a tag rule.', {}, removed),
  routes: endpoint('Routing rules.', {}, list('routes', z.strictObject({ ...named, ...route }))),
  routeAdd: endpoint(
    'Sends matching requests to another model.',
    {
      name: ruleName,
      conditions: z
        .array(condition, { error: 'a list of objects with the texts type and value' })
        .meta({ minItems: 1, maxItems: CONDITIONS_MAX }),
      match: z.enum(['all', 'any']).default('all'),
      target: modelName,
      upstream: optional(ruleName).describe('the name of one that was added, or an address'),
      api: optional(apiName),
      targetApi: optional(apiName),
      priority: priority.default(100),
    },
    z.strictObject({ added: z.strictObject({ name: text, ...route }) }),
  ),
  routeChange: endpoint(
    'Switches a routing rule, or moves it.',
    { enabled: flag.optional(), priority: priority.optional() },
    z.strictObject({
      changed: z.strictObject({ name: text, enabled: flag.optional(), priority: z.int().optional() }),
    }),
  ),
  routeRemove: endpoint('Removes a routing rule.', {}, removed),
  cacheRules: endpoint(
    'What the cache may do for some requests.',
    {},
    list('cacheRules', z.strictObject({ ...named, ...cacheRule })),
  ),
  cacheRuleAdd: endpoint(
    'Says what the cache may do for some requests; null leaves it as it is set for all.',
    {
      name: ruleName,
      ...scope,
      model: optional(modelScope),
      priority: priority.default(100),
      cache: optional(flag),
      semantic: optional(flag),
      ttlMs: optional(wholeNumber(0, 2_592_000_000).meta({ minimum: 1 })),
      distanceMax: optional(figure.meta({ minimum: 0, maximum: 1 })),
      share: optional(z.enum(CACHE_SHARES)),
    },
    z.strictObject({ added: z.strictObject({ name: text, ...cacheRule }) }),
  ),
  cacheRuleRemove: endpoint('Removes a cache rule.', {}, removed),
  archiveRules: endpoint(
    'Whose prompts are stored.',
    {},
    list('archiveRules', z.strictObject({ ...named, ...archiveRule })),
  ),
  archiveRuleAdd: endpoint(
    'Says whose prompts are stored, or not.',
    { name: ruleName, ...scope, priority: priority.default(100), store: flag },
    z.strictObject({ added: z.strictObject({ name: text, ...archiveRule }) }),
  ),
  archiveRuleRemove: endpoint('Removes an archive rule.', {}, removed),
};
