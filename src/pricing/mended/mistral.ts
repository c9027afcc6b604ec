// Mistral's `-latest` names move to new models, and its cached input costs a tenth.

import type { PriceRowInput } from '../row-rates.ts';
import type { MendedRow } from './mended-row.ts';

const READ_ON = '2026-11-25';
const CARDS = 'https://docs.mistral.ai/models';

const row = (models: readonly string[], page: string, prices: PriceRowInput): MendedRow => ({
  seller: 'mistral',
  models,
  page: `${CARDS}/${page}`,
  readOn: READ_ON,
  prices,
});

export const MISTRAL_ROWS: readonly MendedRow[] = [
  row(['mistral-large-4', 'mistral-large-4-0'], 'mistral-large-4-0', {
    input: 0.7,
    output: 2.1,
    cacheRead: 0.07,
  }),
  row(['mistral-large-latest', 'mistral-large-3'], 'mistral-large-3-25-12', {
    input: 0.5,
    output: 1.5,
    cacheRead: 0.05,
  }),
  row(
    [
      ...['mistral-medium', 'mistral-medium-latest', 'mistral-medium-3-5', 'mistral-medium-2604'],
      'magistral-medium-latest',
    ],
    'model-cards/mistral-medium-3-5-26-04',
    { input: 1.5, output: 7.5, cacheRead: 0.15 },
  ),
  row(['mistral-small-latest', 'magistral-small-latest'], 'model-cards/mistral-small-4-0-26-03', {
    input: 0.15,
    output: 0.6,
    cacheRead: 0.015,
  }),
  row(['codestral', 'codestral-latest', 'codestral-2508'], 'model-cards/codestral-25-08', {
    input: 0.3,
    output: 0.9,
    cacheRead: 0.03,
  }),
  row(['devstral-latest', 'devstral-medium-latest', 'devstral-2512'], 'model-cards/devstral-2-25-12', {
    input: 0.4,
    output: 2,
    cacheRead: 0.04,
  }),
  row(['devstral-small-latest'], 'devstral-small-2-25-12', { input: 0.1, output: 0.3, cacheRead: 0.01 }),
  row(['ministral-14b-latest'], 'ministral-3-14b-25-12', { input: 0.2, output: 0.2, cacheRead: 0.02 }),
  row(['ministral-3b-latest'], 'ministral-3-3b-25-12', { input: 0.1, output: 0.1, cacheRead: 0.01 }),
  row(['codestral-embed', 'codestral-embed-2505'], 'model-cards/codestral-embed-25-05', {
    input: 0.15,
    output: 0,
  }),
];
