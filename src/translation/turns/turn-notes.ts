// What clients and their libraries keep on the turns of a history for themselves: it says nothing to a model, and comes
// along with every further request, so that a refusal would end the conversation.

import type { Fields } from '../fields/fields.ts';

const NOTES = [
  ...['id', 'type', 'object', 'status', 'created', 'created_at', 'createdAt', 'timestamp', 'model', 'usage'],
  ...['metadata', 'additional_kwargs', 'response_metadata', 'finish_reason', 'stop_reason', 'stop_sequence'],
  ...['stop_details', 'phase', 'channel', 'error', 'is_error', 'artifact', 'citations', 'container'],
  ...['diagnostics', 'context_management', 'provider_metadata', 'providerOptions', 'token_ids', 'weight'],
];

export function leaveOutNotes(turn: Fields): void {
  turn.leaveOut(...NOTES);
  turn.refuseUnless('images', 'pictures are parts of the content', []);
}
