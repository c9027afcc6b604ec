// `tokenwatch route remove`

import { removeCommand } from '../../named-command.ts';

export const routeRemove = removeCommand({
  name: 'route remove',
  what: 'routing rule',
  example: 'night',
  endpoint: 'routeRemove',
});
