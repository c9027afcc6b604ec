// Whether a live row belongs to what is shown: the server's own filters, for records that no answer holds yet.

import type { RequestRecord } from '../../../src/dashboard/contract.ts';
import type { FilterName, Filters } from '../address.ts';

const SUCCESSES: ReadonlySet<string> = new Set(['completed', 'cached', 'in_flight']);

const FITS: Readonly<Record<FilterName, (record: RequestRecord, value: string) => boolean>> = {
  app: (record, value) => record.app === value,
  // The whole tag, or a facet of it.
  tag: ({ tag }, value) => tag !== null && (tag === value || `,${tag},`.includes(`,${value},`)),
  model: ({ modelRequested, modelSent, modelUsed }, value) =>
    [modelRequested, modelSent, modelUsed].includes(value),
  session: (record, value) => record.session === value,
  upstream: (record, value) => record.upstreamName === value || record.upstream === value,
  outcome: ({ outcome }, value) => (value === 'failed' ? !SUCCESSES.has(outcome) : outcome === value),
  key: (record, value) => record.accessKey === value,
  text: (record, value) => textsOf(record).some((text) => text?.toLowerCase().includes(value.toLowerCase())),
};

export function fits(record: RequestRecord, filters: Filters): boolean {
  return (Object.entries(filters) as [FilterName, string | undefined][]).every(
    ([name, value]) => value === undefined || FITS[name](record, value),
  );
}

function textsOf(record: RequestRecord): readonly (string | null)[] {
  const { id, app, tag, session, user, accessKey, path, errorCode, upstreamRequestId, responseId } = record;
  const { modelRequested, modelSent, modelUsed } = record;
  const names = [id, app, tag, session, user, accessKey, path, errorCode, upstreamRequestId, responseId];
  return [...names, modelRequested, modelSent, modelUsed];
}
