// `tokenwatch tag remove`

import { removeCommand } from '../../named-command.ts';

export const tagRemove = removeCommand({
  name: 'tag remove',
  what: 'tag rule',
  example: 'sql',
  endpoint: 'tagRemove',
});
