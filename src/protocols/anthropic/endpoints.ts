// Anthropic's operations, and those of others that are reached through its mount.

import {
  charged,
  type EndpointRow,
  EndpointTable,
  free,
  path,
  rootPath,
  text,
} from '../endpoints/endpoint-table.ts';
import { OTHER_ENDPOINTS } from '../others/endpoints.ts';

export const BATCH_RESULTS_PATH = /\/messages\/batches\/([^/]+)\/results$/i;

export const MESSAGES_ROWS: readonly EndpointRow[] = [
  ['POST', path('messages'), text('messages')],
  ['POST', path('messages/count_tokens'), free('messages/count_tokens', { hasModel: true })],
  ['GET', BATCH_RESULTS_PATH, free('messages/batches/results', { metered: true })],
  // Its results are charged where they are fetched, which may be elsewhere.
  ['POST', path('messages/batches'), charged('messages/batches', { hasModel: false })],
  ['ANY', path('messages/batches/[^/]+(?:/cancel)?'), free('messages/batches')],
  ['GET', path('messages/batches'), free('messages/batches')],
  ['POST', path('complete'), text('complete')],
];

const OWN: readonly EndpointRow[] = [
  ...MESSAGES_ROWS,
  ['GET', path('models(?:/.*)?'), free('models')],
  ['ANY', rootPath('files(?:/[^/]+){0,2}(?<!:download)'), free('files')],
  ['POST', path('v1/organizations/.*'), free('organizations')],
  // What agents are made of; their sessions, runs and dreams cost.
  [
    'POST',
    path('v1/(?:agents|environments|vaults|skills|user_profiles)(?:/[^/]+)?(?:/archive)?'),
    free('agents'),
  ],
  ['POST', path('v1/vaults/[^/]+/credentials(?:/[^/]+)?(?:/archive)?'), free('agents')],
  ['POST', path('v1/skills/[^/]+/versions'), free('agents')],
  ['POST', path('v1/(?:sessions|deployments)/[^/]+/(?:archive|pause)'), free('agents')],
  ['POST', path('v1/dreams/[^/]+/(?:archive|cancel)'), free('agents')],
  // What Claude Code reports of itself, and its sign-in.
  [
    'POST',
    path('api/(?:claude_code|claude_cli|claude_cli_feedback|event_logging|oauth)(?:/.*)?'),
    free('claude-code'),
  ],
  ['POST', path('v1/oauth/token'), free('claude-code')],
  // Anthropic serves OpenAI's API, too.
  ['POST', path('chat/completions'), text('chat/completions')],
];

export const ANTHROPIC_ENDPOINTS = new EndpointTable([...OWN, ...OTHER_ENDPOINTS]);
