// Operations of makers whose APIs are neither Anthropic's nor OpenAI's, but are reached through either mount: Amazon
// Bedrock, Google (Gemini and Vertex AI), Cohere, Ollama and those that copy them.

import { WEBSOCKET_METHOD } from '../core/protocol.ts';
import { charged, type EndpointRow, free, path, text } from './endpoint-table.ts';

/** The model stands in the path: `models/gemini-3-pro:generateContent`, `publishers/anthropic/models/claude…`. */
const GOOGLE_MODEL = '(?:models|tunedModels|endpoints)/(?<model>[^/]+?)';
const BEDROCK_MODEL = 'model/(?<model>.+)';

const BEDROCK: readonly EndpointRow[] = [
  ['POST', path(`${BEDROCK_MODEL}/invoke`), text('bedrock/invoke')],
  ['POST', path(`${BEDROCK_MODEL}/invoke-with-response-stream`), text('bedrock/invoke-stream')],
  ['POST', path(`${BEDROCK_MODEL}/converse`), text('bedrock/converse')],
  ['POST', path(`${BEDROCK_MODEL}/converse-stream`), text('bedrock/converse-stream')],
  ['POST', path(`${BEDROCK_MODEL}/count-tokens`), free('bedrock/count-tokens')],
];

const GOOGLE: readonly EndpointRow[] = [
  ['POST', path(`${GOOGLE_MODEL}:generateContent`), text('gemini/generateContent')],
  ['POST', path(`${GOOGLE_MODEL}:streamGenerateContent`), text('gemini/streamGenerateContent')],
  ['POST', path(`${GOOGLE_MODEL}:rawPredict`), text('vertex/rawPredict')],
  ['POST', path(`${GOOGLE_MODEL}:streamRawPredict`), text('vertex/streamRawPredict')],
  [
    'POST',
    path(`${GOOGLE_MODEL}:(?:count-?tokens|computeTokens)(?::rawPredict)?`),
    free('gemini/countTokens'),
  ],
  ['POST', path(`${GOOGLE_MODEL}:\\w+`), charged('gemini/other')],
  ['POST', path('interactions'), charged('gemini/interactions')],
  [WEBSOCKET_METHOD, /BidiGenerateContent/i, charged('gemini/live', { hasModel: false })],
];

const COHERE: readonly EndpointRow[] = [
  ['POST', path('v[12]/chat'), text('cohere/chat')],
  ['POST', path('v[12]/embed'), charged('cohere/embed', { metered: true })],
  ['POST', path('rerank'), charged('rerank', { metered: true })],
  ['POST', path('v\\d/classify'), charged('cohere/classify')],
  ['POST', path('(?:de)?tokenize'), free('tokenize')],
  // Mistral's, by the page.
  ['POST', path('ocr'), charged('ocr')],
];

const OLLAMA: readonly EndpointRow[] = [
  ['POST', path('api/chat'), text('ollama/chat')],
  ['POST', path('api/generate'), text('ollama/generate')],
  ['POST', path('api/embed(?:dings)?'), text('ollama/embed')],
  ['POST', path('api/(?:show|pull|push|create|copy)'), free('ollama/models')],
];

export const OTHER_ENDPOINTS: readonly EndpointRow[] = [...BEDROCK, ...GOOGLE, ...COHERE, ...OLLAMA];
