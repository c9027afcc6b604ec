// Keys whose form says whose they are. One that is on its way to another provider is held back: it would not be taken
// there, and a stranger would have it.

import { isCredentialHeader } from '../core/credential-headers.ts';

export interface Provider {
  /** As people call it. */
  readonly name: string;
  /** Where it answers. */
  readonly hosts: RegExp;
  /** The form of its keys; null where they look like others'. */
  readonly keys: RegExp | null;
  /** What is shown of a key of that form. */
  readonly shown: string;
  /** Where its OpenAI-compatible API is; null where it has none. */
  readonly openaiUrl: string | null;
}

const PROVIDERS: readonly Provider[] = [
  {
    name: 'Anthropic',
    hosts: /(?:^|\.)anthropic\.com$/,
    keys: /^sk-ant-/,
    shown: 'sk-ant-…',
    openaiUrl: 'https://api.anthropic.com',
  },
  {
    name: 'OpenRouter',
    hosts: /(?:^|\.)openrouter\.ai$/,
    keys: /^sk-or-/,
    shown: 'sk-or-…',
    openaiUrl: 'https://openrouter.ai/api',
  },
  {
    name: 'OpenAI',
    hosts: /(?:^|\.)(?:api\.openai|chatgpt)\.com$/,
    // The older form has the word "OpenAI" in its middle, in base64.
    keys: /^sk-(?:proj|svcacct|admin|None)-|^(?:sk|sess)-\w{10,}T3BlbkFJ/,
    shown: 'sk-proj-…',
    openaiUrl: 'https://api.openai.com',
  },
  {
    name: 'Z.ai',
    hosts: /(?:^|\.)(?:z\.ai|bigmodel\.cn)$/,
    keys: /^[\da-f]{32}\.\w{16}$/,
    shown: '32 hexadecimal digits, a dot and 16 letters',
    openaiUrl: 'https://api.z.ai',
  },
  {
    name: 'Groq',
    hosts: /(?:^|\.)groq\.com$/,
    keys: /^gsk_/,
    shown: 'gsk_…',
    openaiUrl: 'https://api.groq.com/openai',
  },
  {
    name: 'xAI',
    hosts: /(?:^|\.)api\.x\.ai$/,
    keys: /^xai-/,
    shown: 'xai-…',
    openaiUrl: 'https://api.x.ai',
  },
  {
    name: 'Google',
    hosts: /(?:^|\.)googleapis\.com$/,
    // Of the API, in its older and its newer form, and of a login.
    keys: /^AIza[\w-]{30}|^AQ\.[\w-]{30}|^ya29\./,
    shown: 'AIza…',
    openaiUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  },
  {
    name: 'Perplexity',
    hosts: /(?:^|\.)perplexity\.ai$/,
    keys: /^pplx-/,
    shown: 'pplx-…',
    openaiUrl: 'https://api.perplexity.ai',
  },
  {
    name: 'Cerebras',
    hosts: /(?:^|\.)cerebras\.ai$/,
    keys: /^csk-/,
    shown: 'csk-…',
    openaiUrl: 'https://api.cerebras.ai',
  },
  {
    name: 'Fireworks',
    hosts: /(?:^|\.)fireworks\.ai$/,
    keys: /^fw_/,
    shown: 'fw_…',
    openaiUrl: 'https://api.fireworks.ai/inference',
  },
  {
    name: 'Together',
    hosts: /(?:^|\.)together\.(?:xyz|ai)$/,
    keys: /^tgp_v1_/,
    shown: 'tgp_v1_…',
    openaiUrl: 'https://api.together.xyz',
  },
  {
    name: 'Hugging Face',
    hosts: /(?:^|\.)huggingface\.co$/,
    keys: /^hf_/,
    shown: 'hf_…',
    openaiUrl: 'https://router.huggingface.co',
  },
  {
    name: 'NVIDIA',
    hosts: /(?:^|\.)nvidia\.com$/,
    keys: /^nvapi-/,
    shown: 'nvapi-…',
    openaiUrl: 'https://integrate.api.nvidia.com',
  },
  {
    name: 'GitHub',
    hosts: /(?:^|\.)(?:github\.ai|githubcopilot\.com|models\.inference\.ai\.azure\.com)$/,
    keys: /^(?:gh[opsur]_|github_pat_)/,
    shown: 'ghp_…',
    openaiUrl: 'https://models.github.ai/inference',
  },
  {
    name: 'Vercel',
    hosts: /(?:^|\.)vercel\.(?:sh|ai|app)$/,
    keys: /^vck_/,
    shown: 'vck_…',
    openaiUrl: 'https://ai-gateway.vercel.sh',
  },
  {
    name: 'Moonshot',
    hosts: /(?:^|\.)(?:moonshot\.(?:ai|cn)|kimi\.com)$/,
    keys: /^sk-kimi-/,
    shown: 'sk-kimi-…',
    openaiUrl: 'https://api.moonshot.ai',
  },
  {
    name: 'Amazon Bedrock',
    hosts: /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|api\.aws)$/,
    // Its own API keys, and the ids of an account's.
    keys: /^(?:ABSK[A-Za-z0-9+/]|bedrock-api-key-|(?:AKIA|ASIA)[A-Z\d]{16}$)/,
    shown: 'ABSK…',
    openaiUrl: null,
  },
  {
    name: 'Databricks',
    hosts: /(?:^|\.)(?:databricks\.com|azuredatabricks\.net)$/,
    keys: /^dapi[\da-f]{32}/,
    shown: 'dapi…',
    openaiUrl: null,
  },
  {
    name: 'Replicate',
    hosts: /(?:^|\.)replicate\.com$/,
    keys: /^r8_/,
    shown: 'r8_…',
    openaiUrl: null,
  },
  {
    name: 'Jina',
    hosts: /(?:^|\.)jina\.ai$/,
    keys: /^jina_/,
    shown: 'jina_…',
    openaiUrl: 'https://api.jina.ai',
  },
  {
    name: 'Voyage',
    hosts: /(?:^|\.)voyageai\.com$/,
    keys: /^pa-[\w-]{30}/,
    shown: 'pa-…',
    openaiUrl: 'https://api.voyageai.com',
  },
  // Their keys look like each other's: only others' keys can be told.
  ...[
    ['DeepSeek', /(?:^|\.)deepseek\.com$/],
    ['Mistral', /(?:^|\.)mistral\.ai$/],
    ['Alibaba Cloud', /(?:^|\.)aliyuncs\.com$/],
    ['Azure', /(?:^|\.)(?:openai|services\.ai|cognitiveservices)\.azure\.com$/],
    ['Cohere', /(?:^|\.)cohere\.(?:com|ai)$/],
    ['DeepInfra', /(?:^|\.)deepinfra\.com$/],
    ['SambaNova', /(?:^|\.)sambanova\.ai$/],
    ['SiliconFlow', /(?:^|\.)siliconflow\.(?:com|cn)$/],
    ['Nebius', /(?:^|\.)nebius\.(?:com|ai)$/],
    ['Volcengine', /(?:^|\.)(?:volces|bytepluses)\.com$/],
    ['MiniMax', /(?:^|\.)minimaxi?\.(?:io|chat|com)$/],
    ['Novita', /(?:^|\.)novita\.ai$/],
    ['Hyperbolic', /(?:^|\.)hyperbolic\.xyz$/],
    ['Baseten', /(?:^|\.)baseten\.co$/],
  ].map(([name, hosts]) => ({
    name: name as string,
    hosts: hosts as RegExp,
    keys: null,
    shown: '',
    openaiUrl: null,
  })),
];

export interface ForeignKey {
  /** Whose key it seems to be. */
  readonly owner: string;
  readonly shown: string;
  readonly openaiUrl: string | null;
  /** Who would get it. */
  readonly receiver: string;
}

/** Who answers at a host; null where nobody knows whose it is. */
export function providerAt(hostname: string): Provider | null {
  return PROVIDERS.find(({ hosts }) => hosts.test(hostname)) ?? null;
}

/** A key among the client's credentials that has the form of another provider's; null where there is none. */
export function foreignKeyAt(
  receiver: Provider,
  rawHeaders: readonly string[],
  target: string,
): ForeignKey | null {
  for (const key of keysIn(rawHeaders, target)) {
    const owner = PROVIDERS.find(({ keys }) => keys?.test(key));
    if (owner !== undefined && owner !== receiver) {
      const { name, shown, openaiUrl } = owner;
      return { owner: name, shown, openaiUrl, receiver: receiver.name };
    }
  }
  return null;
}

const KEY_HEADERS = new Set([
  'authorization',
  'x-api-key',
  'api-key',
  'apikey',
  'x-goog-api-key',
  'ocp-apim-subscription-key',
]);
const KEY_PROTOCOL = /openai-insecure-api-key\.([^\s,]+)/;

/** What clients send as keys, wherever their SDKs put it. */
export function* keysIn(rawHeaders: readonly string[], target: string): Generator<string> {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    const value = rawHeaders[index + 1] as string;
    if (KEY_HEADERS.has(name)) yield bareKey(value);
    else if (name === 'sec-websocket-protocol') yield KEY_PROTOCOL.exec(value)?.[1] ?? '';
  }
  const query = target.indexOf('?');
  if (query === -1) return;
  for (const [name, value] of new URLSearchParams(target.slice(query))) {
    if (/^(?:(?:api[-_]?)?key|access_token)$/i.test(name)) yield value;
  }
}

/** The same of everything that is called like a credential, for what is known by its beginning wherever it stands. */
export function* credentialsThatBegin(
  beginning: string,
  rawHeaders: readonly string[],
  target: string,
): Generator<string> {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const value = rawHeaders[index + 1] as string;
    if (!value.includes(beginning)) continue;
    const name = (rawHeaders[index] as string).toLowerCase();
    // A cookie begins with a name.
    if (name !== 'cookie' && isCredentialHeader(name)) yield bareKey(value);
  }
  const query = target.indexOf('?');
  if (query === -1 || !target.includes(beginning, query)) return;
  for (const [name, value] of new URLSearchParams(target.slice(query)))
    if (isCredentialHeader(name.toLowerCase())) yield value;
}

/** Without its scheme, which some write twice, and without quotes; of a basic login, the password or what stands for it. */
function bareKey(value: string): string {
  const basic = /^basic\s+([\w+/=-]+)$/i.exec(value.trim())?.[1];
  if (basic !== undefined) {
    const [user = '', password = ''] = Buffer.from(basic, 'base64').toString('latin1').split(':');
    return password || user;
  }
  return value
    .trim()
    .replace(/^(?:\w+\s+)+/, '')
    .replace(/^(["'])(.*)\1$/, '$2');
}
