// `tokenwatch prompts rule remove`

import { removeCommand } from '../../named-command.ts';

export const promptsRuleRemove = removeCommand({
  name: 'prompts rule remove',
  what: 'archive rule',
  example: 'no-payroll',
  endpoint: 'archiveRuleRemove',
});
