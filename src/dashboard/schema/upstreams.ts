// Upstreams: those in force with their health, and how one is added.

import { z } from 'zod';
import { PRIORITY_MAX, WEIGHT_MAX } from '../../policy/upstream-definition.ts';
import { endpoint } from './endpoint.ts';
import { modelNames, ruleName, webAddress } from './forms.ts';
import { removed } from './rules.ts';
import { apiName, fault, figure, flag, moment, optional, text, wholeNumber } from './values.ts';

const texts = z.record(z.string(), text, { error: 'an object of texts' });
const key = z.strictObject({ from: z.enum(['environment', 'file']), name: text });

const definition = {
  name: text,
  api: apiName,
  url: text,
  priority: z.int(),
  weight: z.int(),
  key: key.nullable().describe('where its own key is read from; never the key'),
  keyHeader: text,
  headers: texts,
  modelMap: texts,
  models: text.nullable(),
  sendsClientKey: flag,
};

const health = z.strictObject({
  model: text.nullable(),
  state: z.enum(['closed', 'open', 'half-open']).describe('of its circuit'),
  errorRate: figure.describe('of lately, 0 to 1'),
  latencyMs: figure.nullable().describe('to the answer’s head, mean of lately'),
  requests: figure.describe('that the two figures stand for; the past fades'),
  reopensAtMs: moment.nullable(),
  restsUntilMs: moment.nullable(),
});

const upstreams = z.strictObject({
  upstreams: z.array(
    z.strictObject({
      ...definition,
      hasKey: flag.nullable().describe('whether its key can be read; null without one of its own'),
      health: z.array(health),
    }),
  ),
  fault,
});

export const upstreamEndpoints = {
  upstreams: endpoint('Upstreams, in the order in which they are asked.', {}, upstreams),
  upstream: endpoint('One upstream, of each API that has it.', {}, upstreams),
  upstreamAdd: endpoint(
    'Adds an upstream.',
    {
      name: ruleName,
      api: apiName,
      url: webAddress,
      priority: optional(wholeNumber(0, 999_999_999).meta({ maximum: PRIORITY_MAX })).describe(
        'smaller is asked first',
      ),
      weight: optional(wholeNumber(0, 999_999_999).meta({ minimum: 1, maximum: WEIGHT_MAX })),
      keyEnv: optional(text).describe('the variable that holds its key'),
      keyFile: optional(text).describe('the file that holds its key'),
      keyHeader: optional(text),
      headers: optional(texts),
      modelMap: optional(texts).describe('its own names of models, by the name that is asked for'),
      models: optional(modelNames).describe('only these models, separated by commas; * stands for any text'),
      sendsClientKey: flag.default(false),
    },
    z.strictObject({ added: z.strictObject(definition) }),
  ),
  upstreamRemove: endpoint('Removes an upstream.', {}, removed),
};
