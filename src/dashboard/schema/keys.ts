// Access keys. What makes a key is told once, and never again.

import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { lifetime, lifetimeOrDate, modelNames, ruleName, scopePart } from './forms.ts';
import { count, fault, moment, nanoUsd, optional, text, waits } from './values.ts';

const key = z.strictObject({
  name: text,
  app: text.nullable(),
  tag: text.nullable(),
  user: text.nullable(),
  models: z.array(text).nullable(),
  rpm: count.nullable().describe('requests a minute'),
  tpm: count.nullable().describe('tokens a minute'),
  concurrency: count.nullable().describe('requests at once'),
  created: text.describe('ISO 8601'),
  expires: text.nullable(),
  revoked: text.nullable(),
  keys: z
    .array(z.strictObject({ shown: text.describe('its beginning'), ends: text.nullable() }))
    .describe('the one in use, and those before it'),
});
const use = z.strictObject({
  name: text,
  requests: count.describe('of the last 30 days'),
  costNanoUsd: nanoUsd.describe('of the same, where the price was known'),
  unpricedRequests: count.describe('of the same, whose price was unknown'),
  lastUsedMs: moment.nullable().describe('when its newest request began; null where none is on record'),
});
const number = z.union(
  [
    z.string().meta({ pattern: '^[1-9]\\d{0,8}$' }),
    z.number().meta({ type: 'integer', minimum: 1, maximum: 999_999_999 }),
  ],
  { error: 'a whole number from 1 on' },
);

export const keyEndpoints = {
  keys: endpoint(
    'Access keys, also those that were revoked, and what they were used for.',
    {},
    z.strictObject({
      keys: z.array(key),
      use: z.array(use).describe('in the order of the keys; empty while the database does not answer'),
      fault,
    }),
  ),
  keyCreate: endpoint(
    'Makes an access key. The key itself is in the answer, and nowhere else.',
    {
      name: ruleName,
      app: optional(scopePart).describe('of all its requests, whatever they say'),
      tag: optional(scopePart).describe('the same; facets of other names may be added by requests'),
      user: optional(scopePart).describe('the same'),
      models: optional(modelNames).describe('names or patterns with *, separated by commas'),
      expires: optional(lifetimeOrDate).describe('90d, or a date ahead'),
      rpm: optional(number).describe('requests a minute'),
      tpm: optional(number).describe('tokens a minute'),
      concurrency: optional(number).describe('requests at once'),
    },
    z.strictObject({ added: key, key: text.describe('shown once') }),
  ),
  keyRotate: endpoint(
    'Makes a new key for a name; the one before is taken for a while.',
    { grace: optional(lifetime).describe('how long: 1h; 0 if it is left out; 90 days at most') },
    z.strictObject({ changed: key, key: text.describe('shown once') }),
  ),
  keyRevoke: endpoint('Takes a key back at once.', {}, z.strictObject({ revoked: key, warning: waits })),
};
