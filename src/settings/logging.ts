// What is written about requests while they happen, and in which form.

import { isCredentialHeader } from '../core/credential-headers.ts';
import { formOf, oneOf } from './forms.ts';
import { group, setting } from './setting.ts';

const HEADER_NAMES = formOf(
  'a list of request headers (user-agent,x-request-id), none of which carries credentials',
  parseHeaderNames,
);

export const LOGGING = group('Logging', {
  TOKENWATCH_LOG_FORMAT: setting(
    oneOf('pretty', 'json'),
    'pretty',
    'json: one JSON document a line on stdout, and nothing else there',
  ),
  TOKENWATCH_LOG_REQUESTS: setting(
    oneOf('auto', 'on', 'off'),
    'auto',
    'whether each request is logged when it has ended; auto: where the format is json',
  ),
  TOKENWATCH_LOG_HEADERS: setting(HEADER_NAMES, '', 'request headers that are logged with it'),
});

function parseHeaderNames(text: string): readonly string[] | undefined {
  const names = text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  return names.every((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !isCredentialHeader(name))
    ? [...new Set(names)]
    : undefined;
}
