// Where TokenWatch listens, and what it takes in.

import {
  ADDRESS,
  BYTES,
  DURATION,
  FILE,
  formOf,
  HOST_PATTERNS,
  ORIGIN_PATTERNS,
  oneOf,
  PEPPERS,
  PORT,
} from './forms.ts';
import { group, setting } from './setting.ts';

const SCRAPE_TOKEN = formOf<string | null>('16 to 200 letters, digits, - and _', (text) => {
  if (text === '') return null;
  return /^[\w-]{16,200}$/.test(text) ? text : undefined;
});

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
  TOKENWATCH_TLS_CERT: setting(
    FILE,
    '',
    'a certificate, with those that lead to a known one (PEM): both ports then speak HTTPS alone. Read again when it changes',
  ),
  TOKENWATCH_TLS_KEY: setting(FILE, '', 'its private key (PEM)'),
  TOKENWATCH_TLS_MIN_VERSION: setting(oneOf('1.2', '1.3'), '1.2', 'the oldest version of TLS that is spoken'),
  TOKENWATCH_DASHBOARD_TLS_CERT: setting(
    FILE,
    '',
    'another certificate for the dashboard; off: it speaks plain HTTP',
  ),
  TOKENWATCH_DASHBOARD_TLS_KEY: setting(FILE, '', 'its private key'),
  TOKENWATCH_METRICS_TOKEN: setting(
    SCRAPE_TOKEN,
    '',
    'a bearer token with which /metrics is read without a login',
  ),
  TOKENWATCH_ACCESS: setting(
    oneOf('auto', 'keys', 'open'),
    'auto',
    'whether requests need an access key: where other machines are let in (auto), always (keys), or never (open)',
  ),
  TOKENWATCH_KEY_PEPPER: setting(
    PEPPERS,
    '',
    'what access keys are hashed with, the same for all proxies on one database; the file `key-pepper` of the data folder if it is empty',
  ),
  TOKENWATCH_MAX_BODY_BYTES: setting(BYTES, '64M', 'largest request body; a larger one gets 413'),
  TOKENWATCH_DRAIN_TIMEOUT: setting(
    DURATION,
    '30',
    'how long requests in flight may go on when TokenWatch is told to stop; a second signal ends them at once',
  ),
});
