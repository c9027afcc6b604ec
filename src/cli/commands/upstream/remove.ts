// `tokenwatch upstream remove`

import { removeCommand } from '../../named-command.ts';

export const upstreamRemove = removeCommand({
  name: 'upstream remove',
  what: 'upstream',
  example: 'backup',
  endpoint: 'upstreamRemove',
});
