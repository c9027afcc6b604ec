// The parts of the System tab, in their order, and what each is given.

import type { SessionAnswer, StatusAnswer } from '../../../src/dashboard/contract.ts';
import type { Address, Go } from '../address.ts';

export const SECTIONS = [
  { name: 'budgets', label: 'Budgets and kill switch' },
  { name: 'routes', label: 'Routing rules' },
  { name: 'tags', label: 'Tag rules' },
  { name: 'cache', label: 'Cache' },
  { name: 'prompts', label: 'Stored prompts' },
  { name: 'upstreams', label: 'Upstreams' },
  { name: 'prices', label: 'Prices' },
  { name: 'keys', label: 'Access keys' },
  { name: 'access', label: 'Access and changes' },
  { name: 'server', label: 'Server and store' },
  { name: 'instances', label: 'Proxies' },
] as const;

export type SectionName = (typeof SECTIONS)[number]['name'];

export interface SectionProps {
  readonly address: Address;
  readonly go: Go;
  readonly status: StatusAnswer | null;
  /** Who looks: not everybody may do everything. */
  readonly session: SessionAnswer;
}
