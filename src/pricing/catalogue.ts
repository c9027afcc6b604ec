// The price catalogue: the data inside the npm package `@pydantic/genai-prices`, as shipped with this
// release. Its remote update exists only behind `updatePrices`, which nothing here calls.

import { type ModelInfo, type Provider, waitForUpdate } from '@pydantic/genai-prices';

export type CatalogueProvider = Provider;
export type CatalogueModel = ModelInfo;

/** The day its version was published: how fresh its prices can be at most. A test ties it to the package. */
export const CATALOGUE_DATE = '2026-09-23';

/** Without an update under way this promise holds the bundled data: the package's only way to all of it. */
const bundled = await waitForUpdate();
if (bundled === null) throw new Error('@pydantic/genai-prices gave no price data');

export const CATALOGUE: readonly CatalogueProvider[] = bundled;
