// Requests as charges in the columns of FOCUS 1.2, the FinOps Open Cost and Usage Specification: one row a request. What a
// column has no answer for here is null where the specification allows that.

import type { RequestRecord } from '../core/record.ts';
import { facetsOf } from '../core/tag.ts';
import { allInputTokens } from '../core/usage.ts';
import { type Column, decimal, integer, text, time } from './column.ts';
import { inUsd } from './request-columns.ts';

/** The specification wants a cost in every row: what is unknown can be none of them. */
export function isCharge(record: RequestRecord): boolean {
  return record.outcome !== 'in_flight' && record.costNanoUsd !== null;
}

const cost = (name: string): Column => decimal(name, ({ costNanoUsd }) => inUsd(costNanoUsd));
/** By our list, where the cost is what a reseller states. */
const listCostOf = ({ listCostNanoUsd, costNanoUsd }: RequestRecord): number | null =>
  inUsd(listCostNanoUsd ?? costNanoUsd);
const nothing = (name: string): Column => text(name, () => null);
const always = (name: string, value: string): Column => text(name, () => value);

export const FOCUS_COLUMNS: readonly Column[] = [
  nothing('AvailabilityZone'),
  cost('BilledCost'),
  text('BillingAccountId', accountOf),
  text('BillingAccountName', accountOf),
  always('BillingCurrency', 'USD'),
  time('BillingPeriodEnd', ({ startedAtMs }) => monthOf(startedAtMs, 1)),
  time('BillingPeriodStart', ({ startedAtMs }) => monthOf(startedAtMs, 0)),
  always('ChargeCategory', 'Usage'),
  nothing('ChargeClass'),
  text('ChargeDescription', (record) => `${record.endpoint} with ${modelOf(record)}`),
  always('ChargeFrequency', 'Usage-Based'),
  time('ChargePeriodEnd', ({ startedAtMs, latencyMs }) => startedAtMs + Math.max(1, Math.ceil(latencyMs))),
  time('ChargePeriodStart', ({ startedAtMs }) => startedAtMs),
  nothing('CommitmentDiscountId'),
  decimal('ConsumedQuantity', quantityOf),
  text('ConsumedUnit', unitOf),
  cost('ContractedCost'),
  decimal('ContractedUnitPrice', (record) => byQuantity(record, inUsd(record.costNanoUsd))),
  cost('EffectiveCost'),
  text('InvoiceIssuerName', hostOf),
  decimal('ListCost', listCostOf),
  decimal('ListUnitPrice', (record) => byQuantity(record, listCostOf(record))),
  always('PricingCategory', 'Standard'),
  always('PricingCurrency', 'USD'),
  decimal('PricingQuantity', quantityOf),
  text('PricingUnit', unitOf),
  text('ProviderName', hostOf),
  text('PublisherName', hostOf),
  nothing('RegionId'),
  nothing('RegionName'),
  text('ResourceId', ({ session }) => session),
  nothing('ResourceName'),
  text('ResourceType', ({ session }) => (session === null ? null : 'Session')),
  always('ServiceCategory', 'AI and Machine Learning'),
  text('ServiceName', ({ endpoint }) => endpoint),
  always('ServiceSubcategory', 'Generative AI'),
  text('SkuId', modelOf),
  text('SkuPriceId', (record) => `${modelOf(record)}/${record.serviceTier ?? 'standard'}`),
  text('SubAccountId', ({ app }) => app),
  text('SubAccountName', ({ app }) => app),
  text('Tags', tagsOf),
  text('x_RequestId', ({ id }) => id),
  integer('x_InputTokens', ({ usage }) => allInputTokens(usage)),
  integer('x_CachedInputTokens', ({ usage }) => usage.cacheReadTokens),
  integer('x_OutputTokens', ({ usage }) => usage.outputTokens),
  text('x_UsageSource', ({ usageSource }) => usageSource),
  text('x_Outcome', ({ outcome }) => outcome),
];

function accountOf({ upstreamName, protocol }: RequestRecord): string {
  return upstreamName ?? `default ${protocol}`;
}

function hostOf({ upstream }: RequestRecord): string {
  return URL.parse(upstream)?.host || upstream;
}

function modelOf({ modelUsed, modelRequested, endpoint }: RequestRecord): string {
  return modelUsed ?? modelRequested ?? endpoint;
}

const tokensOf = ({ usage }: RequestRecord): number => allInputTokens(usage) + usage.outputTokens;

/** What was charged by something else than tokens counts as a request. */
function quantityOf(record: RequestRecord): number {
  return tokensOf(record) || 1;
}

function unitOf(record: RequestRecord): string {
  return tokensOf(record) === 0 ? 'Requests' : 'Tokens';
}

/** Over all classes of tokens: a request's price is a mixture of theirs. */
function byQuantity(record: RequestRecord, costUsd: number | null): number | null {
  return costUsd === null ? null : costUsd / quantityOf(record);
}

/** A plain tag is a key of its own. */
function tagsOf({ tag, app, experiment, variant }: RequestRecord): string {
  const facets = facetsOf(tag ?? '').map((facet) => {
    const at = facet.indexOf('=');
    return at === -1 ? [facet, 'true'] : [facet.slice(0, at), facet.slice(at + 1)];
  });
  const drawn = experiment === null ? [] : [['tokenwatch/experiment', `${experiment}/${variant ?? ''}`]];
  // No facet takes the place of ours, and one that is called `__proto__` is a key like any other.
  return JSON.stringify(Object.fromEntries([...facets, ['tokenwatch/app', app], ...drawn]));
}

/** The first instant of the month in UTC, or of a later one. */
function monthOf(atMs: number, later: number): number {
  const date = new Date(atMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later, 1);
}
