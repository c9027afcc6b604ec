// Budgets and kill switches. Limits and sums are exact dollars as text.

import { z } from 'zod';
import { BUDGET_ACTIONS, BUDGET_PERIODS, SHARED_BY, UNKNOWN_PRICE } from '../../ledger/budget.ts';
import { endpoint } from './endpoint.ts';
import { amount, budgetName, lifetime, modelScope, oneOf, percents, scopePart, webAddress } from './forms.ts';
import { removed } from './rules.ts';
import { count, fault, flag, moment, optional, text, waits } from './values.ts';

const scope = z.strictObject({
  app: text.nullable(),
  model: text.nullable(),
  tag: text.nullable(),
  user: text.nullable(),
  session: text.nullable(),
  key: text.nullable(),
});
const scopeFields = {
  app: optional(scopePart).describe('the exact name'),
  model: optional(modelScope).describe('* stands for any text'),
  tag: optional(scopePart).describe('with all of these facets'),
  user: optional(scopePart).describe('the exact name'),
  session: optional(scopePart).describe('the exact id'),
  key: optional(scopePart).describe('the name of an access key'),
};
const dollars = text.describe('exact dollars');

const budget = {
  id: text,
  name: text,
  period: z.enum(BUDGET_PERIODS),
  scope,
  action: z.enum(BUDGET_ACTIONS),
  thresholds: z.array(count).describe('percents'),
  webhookUrl: text.nullable(),
  unknownPrice: z.enum(UNKNOWN_PRICE).nullish().describe('null: as the settings say'),
  createdAtMs: moment,
  signsWebhooks: flag,
  limitUsd: dollars,
  per: z
    .enum(SHARED_BY)
    .nullable()
    .describe('each of what may spend the limit by itself; null: all together'),
  raises: z
    .array(z.strictObject({ byUsd: dollars, from: text, until: text, who: text }))
    .describe('for a while it allows more'),
};

const standing = z.strictObject({
  ...budget,
  allowedUsd: dollars.describe('the limit, with what it is raised by now'),
  share: text.nullable().describe('whose part the figures are of, where each has one: the most used'),
  shares: z.strictObject({ known: count, usedUp: count }).nullable(),
  spentUsd: dollars,
  reservedUsd: dollars.describe('for requests in flight'),
  remainingUsd: dollars,
  overrunUsd: dollars,
  unpricedRequests: count,
  periodStart: text.describe('ISO 8601'),
  periodEnd: text.nullable().describe('null for a budget without an end'),
});

const kill = z.strictObject({
  id: text,
  scope,
  createdAtMs: moment,
  stops: text.describe('what it stops, in words'),
});

/** The secret is told once, to whoever sets a webhook. */
const setBudget = z.strictObject({ ...budget, webhookSecret: text.optional() });

export const budgetEndpoints = {
  budgets: endpoint('Where every budget stands.', {}, z.strictObject({ budgets: z.array(standing), fault })),
  budgetSet: endpoint(
    'Adds a budget, or changes the one of that name: what is left out stays as it was.',
    {
      name: optional(budgetName).describe('period and scope if it is left out'),
      limit: optional(amount).describe('dollars; a budget that is new needs it'),
      period: optional(oneOf(BUDGET_PERIODS)),
      ...scopeFields,
      action: optional(oneOf(BUDGET_ACTIONS)).describe('notify needs a webhook'),
      thresholds: optional(percents).describe('percents: 50,80,100'),
      webhookUrl: optional(webAddress),
      per: optional(oneOf([...SHARED_BY, 'all'])).describe('an allowance for each; all: together'),
      unknown: optional(oneOf([...UNKNOWN_PRICE, 'default'])).describe('of requests without a known price'),
    },
    z.strictObject({
      added: setBudget.optional(),
      changed: setBudget.optional(),
      warning: text.nullable(),
    }),
  ),
  budgetRaise: endpoint(
    'Lets a budget spend more for a while.',
    {
      name: text.describe('of the budget, or its id'),
      by: amount.describe('dollars'),
      for: lifetime.describe('how long: 30m, 2h, 1d; 31 days at most'),
      who: optional(text).describe('who says so, for people'),
    },
    z.strictObject({ raised: z.strictObject(budget), allowedUsd: dollars }),
  ),
  budgetRemove: endpoint('Removes a budget, by name or id.', {}, z.strictObject({ removed: text, id: text })),
  budgetStatus: endpoint(
    'Where every budget stands, and what is stopped.',
    {},
    z.strictObject({ budgets: z.array(standing), stopped: z.array(kill), fault }),
  ),
  kills: endpoint('What is stopped.', {}, z.strictObject({ kills: z.array(kill), fault })),
  kill: endpoint(
    'Stops matching traffic at once, what is in flight too; all of it without a field.',
    scopeFields,
    z.strictObject({ added: kill, warning: waits }),
  ),
  killRemove: endpoint('Lets it run again.', {}, removed.extend({ warning: waits })),
  killsRemove: endpoint(
    'Lets run again what exactly this scope stops; everything without a parameter.',
    scopeFields,
    z.strictObject({ resumed: z.array(kill), warning: waits }),
  ),
};
