// The values of which the JSON API's documents consist. An `error` here is what a refusal says of the accepted form.

import { z } from 'zod';
import { BREAKDOWN_DIMENSIONS, DIMENSION_FORM, FILTER_NAMES } from '../../core/analytics.ts';
import { RANGE_NAMES } from '../../core/range-names.ts';

export const text = z.string();
export const flag = z.boolean();
export const count = z.int().min(0);
export const figure = z.number();
/** Epoch milliseconds. */
export const moment = z.number().describe('epoch milliseconds');
export const nanoUsd = z.int().describe('integer nano-dollars');
export const apiName = z.enum(['anthropic', 'openai']);

export const wholeNumber = (least: number, most: number) =>
  z
    .int({ error: wholeForm(least, most) })
    .min(least, wholeForm(least, most))
    .max(most, wholeForm(least, most));
const wholeForm = (least: number, most: number): string => `a whole number from ${least} to ${most}`;

export const dimension = z.union(
  [z.enum(BREAKDOWN_DIMENSIONS), z.templateLiteral(['tag:', z.string().regex(/^[^=,\s]{1,100}$/)])],
  { error: DIMENSION_FORM },
);

/** What a field that is left out or null stands for. */
export const optional = <S extends z.ZodType>(schema: S) => schema.nullish();

const FILTER_ABOUT: Readonly<Record<(typeof FILTER_NAMES)[number], string>> = {
  app: 'only of this application',
  tag: 'only with this tag, or this facet of it: team=growth',
  model: 'only for this model: asked for, sent, or answering',
  session: 'only of this session',
  upstream: 'only at this upstream, by name or address',
  outcome: 'only with this outcome; "failed" for every one that is no success',
  key: 'only with this access key, by its name',
  text: 'only with this text in a name, an id or a code',
};

export const filter = Object.fromEntries(
  FILTER_NAMES.map((name) => [name, z.string().describe(FILTER_ABOUT[name]).optional()]),
) as Record<(typeof FILTER_NAMES)[number], z.ZodOptional<z.ZodString>>;

/** `true` or `false`. */
export const flagParameter = z.boolean({ error: 'true or false' });

const end = z.int({ error: 'a time in epoch milliseconds' }).min(0, 'a time in epoch milliseconds');

/** A named span up to now, or one by its ends. */
export const span = {
  range: z
    .enum(RANGE_NAMES, {
      error: `one of ${RANGE_NAMES.join(', ')}; from and to (epoch milliseconds) give any span`,
    })
    .optional(),
  from: end.describe('epoch milliseconds; with it, range does not count').optional(),
  to: end.describe('epoch milliseconds; now where it is left out').optional(),
};

export const rowsFrom = moment.describe(
  'requests of this span that began before were deleted, and are in totals only; 0: none was',
);

export const ofDearest = count
  .nullable()
  .describe(
    'of very many sessions with a filter, so many were looked at, those that cost most as a whole; null: all were',
  );

/** The span that an answer is about. `range` is null for one that was given by its ends. */
export const answeredSpan = {
  range: z.enum(RANGE_NAMES).nullable(),
  fromMs: moment,
  toMs: moment,
};

/** While the database does not answer. */
export const fault = text
  .nullable()
  .describe('since when the database does not answer, and why: what the server knows is told; null: it does');
export const waits = text
  .nullable()
  .describe(
    'what to know of it while the database does not answer: it holds at this server, and is stored later',
  );
