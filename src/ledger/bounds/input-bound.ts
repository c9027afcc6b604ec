// How much a model can be made to read by a request body: an upper bound that costs microseconds.
// Byte-level tokenizers never make more tokens than a text has bytes, so bytes of text stand for tokens.
// Where that is too coarse, the text is counted instead (input-count.ts).

import { SEARCH_MEMBERS } from '../../core/search-members.ts';
import type { ModelLimits } from './model-limits.ts';

export interface InputBound {
  /** Bytes of everything that is text: no byte-level tokenizer makes more tokens of it. */
  readonly textBytes: number;
  readonly images: number;
  /** True where the body points at content that it does not hold: files, documents, earlier turns, server tools. */
  readonly refersElsewhere: boolean;
  /**
   * True with tools that the provider runs, or work that goes on without its client: an answer has no end from here.
   */
  readonly runsElsewhere: boolean;
  /** How many answers it asks for (`n`, `best_of`, several prompts at once). */
  readonly answers: number;
  /** Tools and answer formats, each kind of which makes providers add instructions of their own. */
  readonly instructions: number;
  /** How long the input may be kept in a cache that is asked for by `cache_control`. */
  readonly cacheWrites: CacheWrites;
}

export type CacheWrites = 'none' | '5m' | '1h';

/** What a provider adds for tools, for a schema of the answer, and for each tool that it has defined itself. */
const INSTRUCTION_TOKENS_MAX = 1_000;

const IMAGE_BLOCKS = new Set(['image', 'image_url', 'input_image', 'computer_screenshot']);
const FILE_BLOCKS = new Set([
  'audio',
  'audio_url',
  'container_upload',
  'document_url',
  'file',
  'file_url',
  'image_file',
  'input_audio',
  'input_file',
  'input_video',
  'item_reference',
  'video',
  'video_url',
]);
/** Members that point at what the body does not hold, or hold what takes more tokens than bytes. */
const REFERENCES = new Set([
  'cachedContent',
  'cached_content',
  'container',
  'conversation',
  'file_id',
  'mcp_servers',
  'previous_interaction_id',
  'previous_response_id',
  's3Location',
]);
/** Parts that are named by a member and hold or point at a file: Gemini's, and (with a source) Bedrock's Converse's. */
const GEMINI_PARTS = new Set(['fileData', 'file_data', 'inlineData', 'inline_data']);
const CONVERSE_PARTS = new Set(['audio', 'document', 'image', 'video']);
const LINKED_PARTS = new Set(['audio', 'image', 'video']);
/** Settings of a request, which no model reads. */
const NOT_READ = new Set([
  'model',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'n',
  'seed',
  'stream',
  'stream_options',
  'temperature',
  'top_k',
  'top_p',
]);
const PLAIN_DATA = new Set(['tools', 'functions', 'input_schema', 'response_format', 'metadata']);
const LOCAL_TOOLS = new Set(['function', 'custom']);
/** JSON's own nesting in real requests stays below this; deeper ones count as text that is elsewhere. */
const DEPTH_MAX = 64;

/** Reads any JSON value: what is not understood counts as text. */
export function inputBound(body: unknown): InputBound {
  const walk = new Walk();
  walk.visit(body, 0);
  const top = isObject(body) ? body : {};
  const runsOwn = toolLists(top).some(runsTools);
  // DashScope sets them among its parameters.
  const searchesItself = searches(top) || (isObject(top.parameters) && searches(top.parameters));
  return {
    textBytes: walk.textBytes,
    images: walk.images,
    // What was not read may hold anything.
    refersElsewhere:
      body === undefined || walk.refersElsewhere || runsOwn || searchesItself || isObject(top.prompt),
    runsElsewhere:
      body === undefined || runsOwn || searchesItself || top.background === true || isGiven(top.mcp_servers),
    answers: answersOf(top) * promptCount(top.prompt),
    instructions: FORMED_BY.filter((name) => isGiven(top[name])).length + definedTools(top.tools),
    cacheWrites: walk.cacheWrites,
  };
}

/** Everything that `textBytes` counts, one string after the other. */
export function inputTexts(body: unknown): readonly string[] {
  const texts: string[] = [];
  new Walk((text) => texts.push(text)).visit(body, 0);
  return texts;
}

/** Tokens of the whole input, no more than the model can read at all. `textTokens` are counted, or its bytes. */
export function inputTokensMax(bound: InputBound, limits: ModelLimits, textTokens = bound.textBytes): number {
  if (bound.refersElsewhere) return limits.contextTokens;
  const hidden = limits.hiddenTokens + bound.instructions * INSTRUCTION_TOKENS_MAX;
  return Math.min(textTokens + bound.images * limits.imageTokens + hidden, limits.contextTokens);
}

/** Anthropic's, Bedrock's and OpenAI's, of which the last says how long by itself. */
const CACHE_MARKS = new Set([
  'cache_control',
  'cachePoint',
  'prompt_cache_breakpoint',
  'prompt_cache_options',
]);
/** Most names are shorter, and need no look. */
const MARK_CHARACTERS_MIN = 10;
const CACHE_MARK = new RegExp(`"(?:${[...CACHE_MARKS].join('|')})"`);
/** An hour of Claude's, twelve of OpenAI's. */
const LONG_LIFE = /"(?:1|12)h"/;

class Walk {
  textBytes = 0;
  images = 0;
  refersElsewhere = false;
  cacheWrites: CacheWrites = 'none';
  readonly #onText: ((text: string) => void) | null;

  constructor(onText: ((text: string) => void) | null = null) {
    this.#onText = onText;
  }

  visit(value: unknown, depth: number): void {
    if (typeof value === 'string') {
      if (value.startsWith('data:image/')) this.images += 1;
      else this.#read(value);
    } else if (depth > DEPTH_MAX) {
      this.refersElsewhere = true;
    } else if (Array.isArray(value)) {
      for (const item of value) this.visit(item, depth + 1);
    } else if (isObject(value)) {
      this.#visitObject(value, depth);
    } else {
      this.#read(String(value));
    }
  }

  #read(text: string): void {
    this.textBytes += Buffer.byteLength(text);
    this.#onText?.(text);
  }

  #readData(json: string): void {
    this.#read(json);
    if (CACHE_MARK.test(json)) this.#writesCache(json);
  }

  #writesCache(json: string): void {
    if (LONG_LIFE.test(json)) this.cacheWrites = '1h';
    else if (json !== 'null' && this.cacheWrites === 'none') this.cacheWrites = '5m';
  }

  #visitObject(value: Record<string, unknown>, depth: number): void {
    const { type } = value;
    const mark = value.cache_control ?? value.prompt_cache_breakpoint;
    if (typeof type === 'string') {
      const isImage = IMAGE_BLOCKS.has(type);
      const isFile = FILE_BLOCKS.has(type) || (type === 'document' && !holdsText(value.source));
      if (isImage) this.images += 1;
      if (isFile) this.refersElsewhere = true;
      if (isImage || isFile) {
        // It may end what is to be kept, as a text may.
        if (isGiven(mark)) this.#writesCache(JSON.stringify(mark));
        return;
      }
    }
    for (const name of Object.keys(value)) {
      if (depth === 0 && NOT_READ.has(name)) continue;
      const item = value[name];
      this.#read(name);
      if (isMedia(name, item)) {
        if (isPicture(name, item)) this.images += 1;
        else this.refersElsewhere = true;
        continue;
      }
      if (isLink(name, item)) {
        if (name === 'image') this.images += 1;
        else this.refersElsewhere = true;
      }
      if (REFERENCES.has(name) && item !== null) this.refersElsewhere = true;
      if (name.length >= MARK_CHARACTERS_MIN && CACHE_MARKS.has(name))
        this.#writesCache(JSON.stringify(item));
      if (isPlainData(name, item, depth)) this.#readData(JSON.stringify(item));
      else this.visit(item, depth + 1);
    }
  }
}

/** Fields that make a provider add instructions. */
const FORMED_BY = [
  'tools',
  'functions',
  'response_format',
  'output_format',
  'output_config',
  'text',
] as const;

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);

function isMedia(name: string, item: unknown): item is Record<string, unknown> {
  if (!isObject(item)) return false;
  return GEMINI_PARTS.has(name) || (CONVERSE_PARTS.has(name) && isObject(item.source));
}

/** DashScope's parts, which say what an address leads to. */
function isLink(name: string, item: unknown): boolean {
  if (!LINKED_PARTS.has(name)) return false;
  const first = Array.isArray(item) ? item[0] : item;
  return typeof first === 'string' && /^(?:https?|oss|file):/i.test(first);
}

function isPicture(name: string, { mimeType, mime_type }: Record<string, unknown>): boolean {
  return name === 'image' || /^image\//.test(String(mimeType ?? mime_type));
}

/** Schemas and tool arguments: their keys are the application's own words, and no references. */
function isPlainData(name: string, item: unknown, depth: number): boolean {
  // At the top it is what DashScope is asked.
  return PLAIN_DATA.has(name) || (name === 'input' && depth > 0 && isObject(item));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A provider that searches by itself may run several times. */
const searches = (top: Record<string, unknown>): boolean =>
  SEARCH_MEMBERS.some((name) => isGiven(top[name]) && top[name] !== false);

/** More than any provider gives. */
const ANSWERS_MAX = 1_000;

/** Digits in a text count: servers in Python take them for the number. */
function answerCount(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !(number > 1)) return 1;
  return Math.min(Math.ceil(number), ANSWERS_MAX);
}

/** OpenAI's, Cohere's, Hugging Face's and AI21's names; Gemini says it among its settings. */
function answersOf(top: Record<string, unknown>): number {
  const { n, best_of, num_generations, num_return_sequences, numResults, request } = top;
  // Code Assist asks Gemini a level deeper.
  const settings = [top, ...(isObject(request) ? [request] : [])]
    .flatMap(({ generationConfig, generation_config }) => [generationConfig, generation_config])
    .filter(isObject);
  const told = settings.flatMap(({ candidateCount, candidate_count }) => [candidateCount, candidate_count]);
  const deeper = isObject(top.parameters) ? top.parameters.n : undefined;
  const names = [n, best_of, num_generations, num_return_sequences, numResults, deeper];
  return Math.max(...[...names, ...told].map(answerCount));
}

function holdsText(source: unknown): boolean {
  return isObject(source) && (source.type === 'text' || source.type === 'content');
}

/** Where they are listed: at the top, a level deeper by Code Assist, and in Bedrock's Converse. */
function toolLists({
  tools,
  request,
  toolConfig,
  additionalModelRequestFields,
}: Record<string, unknown>): unknown[] {
  const holders = [request, toolConfig, additionalModelRequestFields].filter(isObject);
  return [tools, ...holders.map((holder) => holder.tools)];
}

/** True with a tool that the provider runs itself and whose results the model then reads. */
function runsTools(tools: unknown): boolean {
  if (!Array.isArray(tools)) return false;
  return tools.some((tool) => {
    if (!isObject(tool)) return false;
    if (typeof tool.type === 'string') return !LOCAL_TOOLS.has(tool.type) && !isClientTool(tool);
    return GEMINI_TOOLS.some((name) => isGiven(tool[name]));
  });
}

/** Named by a member, in either spelling; Bedrock's own with them. */
const GEMINI_TOOLS = [
  'codeExecution',
  'code_execution',
  'computerUse',
  'enterpriseWebSearch',
  'fileSearch',
  'file_search',
  'googleMaps',
  'google_maps',
  'googleSearch',
  'google_search',
  'googleSearchRetrieval',
  'google_search_retrieval',
  'retrieval',
  'systemTool',
  'urlContext',
  'url_context',
];

/** Tools whose definition the provider brings itself: their type is not just a function's. */
function definedTools(tools: unknown): number {
  if (!Array.isArray(tools)) return 0;
  return tools.filter(
    (tool) => isObject(tool) && typeof tool.type === 'string' && !LOCAL_TOOLS.has(tool.type),
  ).length;
}

/** Anthropic's tools that the client runs (`bash_…`, `text_editor_…`, `computer_…`, `memory_…`). */
function isClientTool(tool: Record<string, unknown>): boolean {
  return /^(bash|text_editor|computer|memory)_\d{8}$/.test(String(tool.type));
}

/** Legacy completions answer each of several prompts; a list of token ids is one prompt. */
function promptCount(prompt: unknown): number {
  if (!Array.isArray(prompt)) return 1;
  return typeof prompt[0] === 'number' ? 1 : Math.max(1, prompt.length);
}
