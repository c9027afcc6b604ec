// Where requests go, and how long an answer may take.

import { BASE_URL, DURATION, oneOf } from './forms.ts';
import { group, setting } from './setting.ts';

export const UPSTREAMS = group('Upstreams', {
  TOKENWATCH_ANTHROPIC_URL: setting(BASE_URL, 'https://api.anthropic.com', 'where `/anthropic/*` goes'),
  TOKENWATCH_OPENAI_URL: setting(BASE_URL, 'https://api.z.ai', 'where `/openai/*` goes'),
  TOKENWATCH_CONNECT_TIMEOUT: setting(DURATION, '10', 'longest wait for a connection to an upstream'),
  TOKENWATCH_OVERALL_TIMEOUT: setting(
    DURATION,
    '300',
    'longest wait for a whole answer; for a stream, for its start and for each silence in it',
  ),
  TOKENWATCH_FOREIGN_KEYS: setting(
    oneOf('refuse', 'allow'),
    'refuse',
    "whether a client's key goes to another provider than the one whose form it has",
  ),
  TOKENWATCH_STREAM_USAGE: setting(
    oneOf('on', 'off'),
    'on',
    'ask OpenAI-compatible streams for their usage where the client did not',
  ),
});
