// Where TokenWatch listens, and what it takes in.

import { ADDRESS, BYTES, PORT } from './forms.ts';
import { group, setting } from './setting.ts';

export const LISTENING = group('Listening', {
  TOKENWATCH_HOST: setting(ADDRESS, '127.0.0.1', 'where both ports listen'),
  TOKENWATCH_PROXY_PORT: setting(PORT, '8877', 'the port that applications point at'),
  TOKENWATCH_DASHBOARD_PORT: setting(PORT, '8878', 'the dashboard and its JSON API'),
  TOKENWATCH_MAX_BODY_BYTES: setting(BYTES, '64M', 'largest request body; a larger one gets 413'),
});
