// Rules beside gitleaks': what prompts hold and repositories rarely do, and secrets that are cut off.

import type { AllowList, SecretRule } from './secret-rule.ts';

const NEAR = { before: 128, after: 600 };

/** Not a value but a stand-in for one, or code that reads it from elsewhere. */
const STAND_INS = {
  target: 'secret' as const,
  regexes: [
    '(?i)^(?:string|str|text|required|optional|undefined|null|none|true|false|redacted|hidden|authorization|x-api-key|your[_ -].*)$',
    '^(?:\\*+|x+|X+|\\.+|<.*>|\\$\\{.*\\}?|\\$\\(.*|\\$[A-Za-z_]+|\\{\\{.*|%[A-Z_a-z]+%|\\[[A-Z]+_[0-9a-f]+\\]?)$',
    '^(?:process\\.env|os\\.environ|os\\.getenv|getenv|env|config|settings|self|this|secrets)[.(\\[]',
  ],
  stopwords: [],
};

/** What is named a key or a token and is an identifier: never secret for the rule that goes by names alone. */
export const IDENTIFIERS: AllowList = {
  target: 'secret',
  regexes: [
    '(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
    '^(?:toolu|srvtoolu|call|msg|chatcmpl|cmpl|resp|req|run|thread|batch|file|asst|fc|rs|item|evt|event|fp)[_-]',
    '(?i)^(?:sha(?:1|256|384|512)[:=-]|md5[:=-]|[0-9a-f]{40}$|[0-9a-f]{64}$)',
    '(?i)^(?:claude|gpt|o[1-9]|gemini|glm|llama|mistral|qwen|deepseek|text-embedding)-',
    '^(?:process\\.env|os\\.environ|import\\.meta)',
    '^\\w+(?:\\.\\w+)+$',
  ],
  stopwords: [],
};

export const OWN_RULES: readonly SecretRule[] = [
  {
    id: 'private-key-cut-off',
    regex:
      '-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\\s]|\\\\[nr]|[A-Za-z-]{1,20}: [^\\n]{1,100}\\n)+',
    entropy: 0,
    keywords: ['-----begin'],
    before: 0,
    after: 8000,
  },
  {
    id: 'url-credentials',
    regex: '[a-zA-Z][a-zA-Z0-9+.-]{1,30}://[^\\s:/@"\'`<>]{0,100}:([^\\s/@"\'`<>]{3,200})@[\\w.\\[-]',
    entropy: 0,
    keywords: ['://'],
    before: 40,
    after: 400,
    allow: [STAND_INS],
  },
  {
    id: 'authorization-value',
    regex: '(?i)\\b(?:bearer|basic)[ \\t]+([\\w.~+/-]{12,1000}={0,2})',
    entropy: 3,
    keywords: ['bearer', 'basic'],
    ...NEAR,
    allow: [{ target: 'secret', regexes: ['^[a-zA-Z.]+$', '^[a-z-]+$'], stopwords: [] }],
  },
  {
    id: 'provider-key',
    regex: '\\b((?:sk|pk|rk|gsk|xai|csk|fw|nvapi|pplx|r8|hf|tvly)[-_][A-Za-z0-9_-]{20,300})',
    entropy: 3.5,
    keywords: [
      'sk-',
      'sk_',
      'pk-',
      'pk_',
      'rk_',
      'rk-',
      'xai-',
      'fw_',
      'nvapi-',
      'pplx-',
      'r8_',
      'hf_',
      'tvly-',
    ],
    ...NEAR,
    allow: [{ target: 'secret', regexes: ['^[^0-9]+$', '^[a-z_]+(?:[_-][0-9]+)?$'], stopwords: [] }],
  },
  {
    id: 'tokenwatch-key',
    regex: '\\b(tw_[0-9A-Za-z]{49})\\b',
    entropy: 3,
    keywords: ['tw_'],
    ...NEAR,
  },
  {
    id: 'json-web-token',
    regex: '\\b(ey[A-Za-z0-9_-]{15,}\\.ey[A-Za-z0-9_-]{10,}(?:\\.[A-Za-z0-9_-]*)?)',
    entropy: 3,
    keywords: ['eyj'],
    ...NEAR,
  },
  {
    id: 'assigned-password',
    regex:
      '(?i)(?:pass(?:word|wd|phrase)|pwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token)[ \\t]*["\']?[ \\t]*(?::=|[:=]|=>)[ \\t]*(?:"([^"\\n]{6,200})"|\'([^\'\\n]{6,200})\'|`([^`\\n]{6,200})`)',
    entropy: 0,
    keywords: ['pass', 'pwd', 'secret', 'api', 'access', 'auth'],
    ...NEAR,
    allow: [STAND_INS, { target: 'secret', regexes: ['\\s\\w+\\s\\w+\\s'], stopwords: [] }],
  },
  {
    id: 'environment-value',
    regex:
      '(?m)^[ \\t]*(?:export[ \\t]+|-[ \\t]+|set[ \\t]+)?[A-Z][A-Z0-9_]*(?:PASSWORD|PASSWD|PWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY|CREDENTIALS?)[ \\t]*[=:][ \\t]*([^\\s"\'`#,;]{6,500})',
    entropy: 0,
    keywords: ['passw', 'pwd', 'secret', 'token', 'key', 'credential'],
    ...NEAR,
    allow: [STAND_INS, { target: 'secret', regexes: ['^[0-9.]+$', '[(){}]'], stopwords: [] }],
  },
  {
    id: 'spoken-password',
    regex:
      '(?i)\\b(?:password|passphrase|passwd|pin code|api key|secret key|access token)(?:[ \\t]+for[ \\t]+[\\w@.-]{1,40})?[ \\t]+(?:is|was)[ \\t]*:?[ \\t]+["\'`]?([^\\s"\'`,;]{6,200})',
    entropy: 2,
    keywords: ['passw', 'passphrase', 'pin code', 'api key', 'secret key', 'access token'],
    ...NEAR,
    // An ordinary word follows `is` far more often than a password of letters alone.
    allow: [STAND_INS, { target: 'secret', regexes: ['^[A-Za-z.!?:-]+$'], stopwords: [] }],
  },
];
