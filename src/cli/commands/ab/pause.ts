// `tokenwatch ab pause`

import { stateCommand } from '../../named-command.ts';

export const abPause = stateCommand('pause', 'paused', 'pause an A/B test');
