// Where TokenWatch listens, and what it takes in.

import { ADDRESS, BYTES, DURATION, HOST_PATTERNS, ORIGIN_PATTERNS, PORT } from './forms.ts';
import { group, setting } from './setting.ts';

export const LISTENING = group('Listening', {
  TOKENWATCH_HOST: setting(ADDRESS, '127.0.0.1', 'where both ports listen'),
  TOKENWATCH_PROXY_PORT: setting(PORT, '8877', 'the port that applications point at'),
  TOKENWATCH_DASHBOARD_PORT: setting(PORT, '8878', 'the dashboard and its JSON API'),
  TOKENWATCH_ALLOWED_HOSTS: setting(
    HOST_PATTERNS,
    'host.docker.internal',
    'names by which both ports may be called, beside addresses, localhost and `TOKENWATCH_HOST`; others get 403',
  ),
  TOKENWATCH_ALLOWED_ORIGINS: setting(
    ORIGIN_PATTERNS,
    '',
    'origins of web pages that may send requests to the proxy; others get 403',
  ),
  TOKENWATCH_MAX_BODY_BYTES: setting(BYTES, '64M', 'largest request body; a larger one gets 413'),
  TOKENWATCH_DRAIN_TIMEOUT: setting(
    DURATION,
    '30',
    'how long requests in flight may go on when TokenWatch is told to stop; a second signal ends them at once',
  ),
});
