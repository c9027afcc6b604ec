// What Claude Code writes into its system prompt for Anthropic's billing: its version and a figure that changes from
// request to request. It is no instruction, and nobody else's business.

export const BILLING_HEADER = 'x-anthropic-billing-header:';

/** A text without the header's line; null where nothing is left. */
export function withoutBillingHeader(text: string): string | null {
  if (!text.startsWith(BILLING_HEADER)) return text;
  const end = text.indexOf('\n');
  const rest = end === -1 ? '' : text.slice(end + 1);
  return rest.trim() === '' ? null : rest;
}
