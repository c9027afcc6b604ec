// `tokenwatch ab complete`

import { stateCommand } from '../../named-command.ts';

export const abComplete = stateCommand('complete', 'completed', 'complete an A/B test for good');
