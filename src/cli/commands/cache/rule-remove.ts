// `tokenwatch cache rule remove`

import { removeCommand } from '../../named-command.ts';

export const cacheRuleRemove = removeCommand({
  name: 'cache rule remove',
  what: 'cache rule',
  example: 'faq',
  endpoint: 'cacheRuleRemove',
});
