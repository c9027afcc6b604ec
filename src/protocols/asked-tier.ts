// The tier of service that a request asks for, where that changes its price.

import { asObject, asText, type JsonObject } from './json-value.ts';

/** Gemini and Bedrock spell it their own ways. */
export function askedTier(request: JsonObject | null): string | null {
  const other = request?.serviceTier;
  return asText(request?.service_tier) ?? asText(other) ?? asText(asObject(other)?.type);
}
