// Z.ai's dollar prices: the catalogue has them for its newest models only, and Zhipu's yuan list for the rest.

import type { MendedRow } from './mended-row.ts';

const PAGE = 'https://docs.z.ai/guides/overview/pricing';
const READ_ON = '2026-11-25';

const row = (model: string, input: number, output: number, cacheRead: number): MendedRow => ({
  seller: 'zai',
  models: [model],
  page: PAGE,
  readOn: READ_ON,
  prices: { input, output, cacheRead },
});

/**
 * GLM-4.7-Flash is left to the list `spec`. Z.ai gives it away to its own accounts, which is a tariff of that account
 * and not of the model; what is not certain to be free is not free here.
 */
export const ZAI_ROWS: readonly MendedRow[] = [
  // The list price: half of it, which the catalogue has, was to launch it.
  row('GLM-5.3-Flash', 0.15, 0.5, 0.03),
  row('GLM-5.1', 1.4, 4.4, 0.26),
  row('GLM-5', 1, 3.2, 0.2),
  row('GLM-5-Turbo', 1.2, 4, 0.24),
  row('GLM-5V-Turbo', 1.2, 4, 0.24),
  row('GLM-5-Code', 1.2, 5, 0.3),
  row('GLM-4.7', 0.6, 2.2, 0.11),
  row('GLM-4.7-FlashX', 0.07, 0.4, 0.01),
  row('GLM-4.6', 0.6, 2.2, 0.11),
  row('GLM-4.5', 0.6, 2.2, 0.11),
  row('GLM-4.5V', 0.6, 1.8, 0.11),
  row('GLM-4.5-X', 2.2, 8.9, 0.45),
  row('GLM-4.5-Air', 0.2, 1.1, 0.03),
  row('GLM-4.5-AirX', 1.1, 4.5, 0.22),
  row('GLM-4-32B-0414-128K', 0.1, 0.1, 0.1),
];
