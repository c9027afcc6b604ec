// OpenAI's operations, those of servers that speak its API, and those of others that are reached through its mount.

import { WEBSOCKET_METHOD } from '../../core/protocol.ts';
import { MESSAGES_ROWS } from '../anthropic/endpoints.ts';
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

/** Told apart by its body. */
export const NEW_CONVERSATION = charged('conversations', { metered: true });

export const FILE_CONTENT_PATH = /(?:^|\/)files\/([^/]+)\/content$/i;

/** Answered later: what it used comes with the answer, by whichever request that is fetched. */
const DEFERRED: readonly EndpointRow[] = [
  ['POST', path('async/chat/completions'), charged('chat/deferred', { metered: true })],
  [
    'GET',
    path('(?:chat/deferred-completion|async-result|async/chat/completions)/[^/]+'),
    free('chat/deferred', { metered: true }),
  ],
];

/** Charged by tokens of text that the answer tells. */
const TEXTS: readonly EndpointRow[] = [
  ['POST', path('chat/completions'), text('chat/completions', { asksForStreamUsage: true })],
  // Perplexity's agents have the same form.
  ['POST', path('(?:responses|v1/agent)'), text('responses')],
  ['POST', path('responses/compact'), text('responses/compact')],
  ['POST', path('embeddings'), text('embeddings')],
  // Mistral's fill-in-the-middle and its agents.
  ['POST', path('fim/completions'), text('fim/completions', { asksForStreamUsage: true })],
  ['POST', path('agents/completions'), text('agents/completions')],
  ['POST', path('completions'), text('completions', { asksForStreamUsage: true })],
];

/** Charged by more than text, or by what the answer may not tell. */
const OTHERS_CHARGED: readonly EndpointRow[] = [
  [WEBSOCKET_METHOD, path('realtime'), charged('realtime', { hasModel: false, metered: true })],
  [WEBSOCKET_METHOD, path('responses'), charged('responses', { hasModel: false, metered: true })],
  // A session whose media or key go past the proxy.
  [
    'POST',
    path('realtime/(?:calls(?:/.*)?|client_secrets|sessions|transcription_sessions)'),
    charged('realtime'),
  ],
  // ElevenLabs gives out a session for the asking.
  [
    'GET',
    path('convai/conversation/(?:get[-_]signed[-_]url|token)'),
    charged('realtime', { hasModel: false }),
  ],
  ['POST', path('images/\\w+'), charged('images', { metered: true })],
  ['POST', path('audio/\\w+'), charged('audio', { metered: true })],
  ['POST', path('videos(?:/.*)?'), charged('videos')],
  ['POST', path('fine_tuning/.*'), charged('fine_tuning')],
  ['POST', path('threads(?:/[^/]+)?/runs(?:/.*)?'), charged('threads/runs', { metered: true })],
  ['POST', path('evals(?:/.*)?'), charged('evals')],
  // Mistral answers here; OpenAI keeps turns.
  ['POST', path('conversations'), NEW_CONVERSATION],
  ['POST', path('conversations/[^/]+'), charged('conversations', { metered: true })],
  ['POST', path('batches'), charged('batches', { hasModel: false })],
  ['POST', path('vector_stores(?:/.*)?'), charged('vector_stores', { hasModel: false })],
  ['POST', path('containers(?:/.*)?'), charged('containers', { hasModel: false })],
  // Mistral's.
  ['POST', path('(?:chat/moderations|(?:chat/)?classifications)'), charged('moderations', { metered: true })],
];

/** Known to be free, though something is sent. */
const FREE: readonly EndpointRow[] = [
  ['POST', rootPath('moderations'), free('moderations', { hasModel: true, metered: true })],
  ['POST', path('responses/input_tokens'), free('responses/input_tokens', { hasModel: true })],
  ['POST', path('responses/[^/]+/cancel'), free('responses', { metered: true })],
  ['POST', path('chat/completions/chatcmpl[-_][^/]+'), free('chat/completions/stored')],
  ['POST', rootPath('files'), free('files')],
  ['POST', rootPath('uploads(?:/[^/]+/(?:parts|complete|cancel))?'), free('uploads')],
  ['POST', rootPath('batches/[^/]+/cancel'), free('batches')],
  ['POST', path('fine_tuning/jobs/[^/]+/(?:cancel|pause)'), free('fine_tuning')],
  ['POST', path('fine_tuning/alpha/graders/validate'), free('fine_tuning')],
  ['POST', path('evals/[^/]+/runs/[^/]+/cancel'), free('evals')],
  ['POST', path('realtime/calls/[^/]+/(?:hangup|reject)'), free('realtime')],
  ['POST', rootPath('conversations/conv_[^/]+/items'), free('conversations')],
  ['POST', rootPath('assistants(?:/asst_[^/]+)?'), free('assistants')],
  ['POST', rootPath('threads(?:/thread_[^/]+(?:/messages(?:/[^/]+)?)?)?'), free('threads')],
  ['POST', path('threads/[^/]+/runs/[^/]+/cancel'), free('threads')],
  ['POST', path('vector_stores/[^/]+/file_batches/[^/]+/cancel'), free('vector_stores')],
  ['POST', path('(?:chatkit|live)/sessions/[^/]+/(?:cancel|hangup|reject)'), free('realtime')],
  [
    'POST',
    rootPath('projects/proj_[^/]+/(?:groups/[^/]+/|users/[^/]+/)?roles(?:/[^/]+)?'),
    free('organization'),
  ],
  ['POST', rootPath('webhook_endpoints(?:/[^/]+(?:/rotate_secret)?)?'), free('organization')],
  ['POST', rootPath('skills(?:/[^/]+(?:/versions)?)?'), free('skills')],
  ['POST', path('v1/organization/.*'), free('organization')],
  // Models of a server of one's own, as LM Studio takes them in and out.
  ['POST', path('api/v1/models/(?:load|unload|download)'), free('local/models')],
];

/** Reading what is there. */
const READS: readonly EndpointRow[] = [
  ['GET', path('responses/[^/]+'), free('responses', { metered: true })],
  ['GET', FILE_CONTENT_PATH, free('files/content', { metered: true })],
  ['GET', path('files(?:/.*)?(?<!:download)'), free('files')],
  ['GET', path('batches'), free('batches')],
  ['GET', path('models(?:/.*)?'), free('models')],
];

export const OPENAI_ENDPOINTS = new EndpointTable([
  ...DEFERRED,
  ...TEXTS,
  ...FREE,
  ...MESSAGES_ROWS,
  ...OTHERS_CHARGED,
  ...READS,
  ...OTHER_ENDPOINTS,
]);
