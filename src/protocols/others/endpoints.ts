// Operations of makers whose APIs are neither Anthropic's nor OpenAI's, but are reached through either mount: Amazon
// Bedrock, Google (Gemini and Vertex AI), Cohere, Ollama and those that copy them.

import { WEBSOCKET_METHOD } from '../../core/protocol.ts';
import { charged, type EndpointRow, free, path, rootPath, text } from '../endpoints/endpoint-table.ts';

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

/** Its model stands in the body, and what it asks a level deeper. */
const CODE_ASSIST = 'v1internal';

const GOOGLE: readonly EndpointRow[] = [
  // Claude's count at Vertex AI has the form of an answer's path.
  [
    'POST',
    path(`(?:${GOOGLE_MODEL}:(?:count-?tokens|computeTokens)|models/count-tokens:rawPredict)`),
    free('gemini/countTokens'),
  ],
  ['POST', path(`${GOOGLE_MODEL}:generateContent`), text('gemini/generateContent')],
  ['POST', path(`${GOOGLE_MODEL}:streamGenerateContent`), text('gemini/streamGenerateContent')],
  ['POST', path(`${GOOGLE_MODEL}:rawPredict`), text('vertex/rawPredict')],
  ['POST', path(`${GOOGLE_MODEL}:streamRawPredict`), text('vertex/streamRawPredict')],
  ['POST', path(`${GOOGLE_MODEL}:(?:embedContent|batchEmbedContents)`), text('gemini/embed')],
  ['POST', path(`${GOOGLE_MODEL}:fetchPredictOperation`), free('gemini/jobs')],
  ['POST', path(`${GOOGLE_MODEL}:\\w+`), charged('gemini/other')],
  ['POST', path('(?:batches|batchPredictionJobs|operations)/[^/]+:cancel'), free('gemini/jobs')],
  ['POST', path(`${CODE_ASSIST}:generateContent`), text('gemini/generateContent')],
  ['POST', path(`${CODE_ASSIST}:streamGenerateContent`), text('gemini/streamGenerateContent')],
  ['POST', path(`${CODE_ASSIST}:countTokens`), free('gemini/countTokens')],
  [
    'POST',
    path(
      `${CODE_ASSIST}:(?:loadCodeAssist|onboardUser|fetchAdminControls|record\\w+|set\\w+|retrieveUserQuota)`,
    ),
    free('gemini/code-assist'),
  ],
  ['POST', path('interactions'), text('gemini/interactions')],
  ['GET', path('interactions/[^/]+'), free('gemini/interactions', { metered: true })],
  ['POST', path('interactions/[^/]+[:/]cancel'), free('gemini/jobs')],
  [WEBSOCKET_METHOD, /BidiGenerateContent/i, charged('gemini/live', { hasModel: false })],
];

const COHERE: readonly EndpointRow[] = [
  ['POST', path('v[12]/chat'), text('cohere/chat')],
  ['POST', path('v[12]/embed'), text('cohere/embed')],
  ['POST', path('rerank'), charged('rerank', { metered: true })],
  ['POST', path('v\\d/classify'), charged('cohere/classify')],
  // Of vLLM, Cohere, xAI, Moonshot, Volcengine, Zhipu and llama.cpp.
  ['POST', rootPath('(?:(?:de)?tokenize|tokenize-text|tokenization|tokenizer)'), free('tokenize')],
  ['POST', rootPath('(?:tokenizers/estimate-token-count|apply-template)'), free('tokenize')],
  // Mistral's, by the page.
  ['POST', path('ocr'), charged('ocr')],
];

const OLLAMA: readonly EndpointRow[] = [
  ['POST', path('api/chat'), text('ollama/chat')],
  ['POST', path('api/generate'), text('ollama/generate')],
  ['POST', path('api/embed(?:dings)?'), text('ollama/embed')],
  ['POST', path('api/(?:show|pull|push|create|copy|blobs/sha256[:-]\\w+)'), free('ollama/models')],
];

/** Alibaba's own API, of texts and of texts with pictures and sound. */
const DASHSCOPE: readonly EndpointRow[] = [
  [
    'POST',
    path('services/aigc/(?:text-generation|multimodal-generation)/generation'),
    text('dashscope/generation'),
  ],
];

/** Of Gemini, xAI and Mistral: how a batch is, and what came of it. */
export const BATCH_PATH =
  /(?:^|\/)(?:batches|batchPredictionJobs|operations|batch\/jobs)\/([^/]+?)(?:\/results)?$/i;
/** Files of results, where Gemini gives them out. */
export const FILE_DOWNLOAD_PATH = /(?:^|\/)files\/([^/]+):download$/i;

const RESULTS: readonly EndpointRow[] = [
  ['GET', BATCH_PATH, free('batches/results', { metered: true })],
  ['GET', FILE_DOWNLOAD_PATH, free('files/download', { metered: true })],
];

export const OTHER_ENDPOINTS: readonly EndpointRow[] = [
  ...RESULTS,
  ...BEDROCK,
  ...GOOGLE,
  ...COHERE,
  ...OLLAMA,
  ...DASHSCOPE,
];
