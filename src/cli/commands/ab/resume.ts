// `tokenwatch ab resume`

import { stateCommand } from '../../named-command.ts';

export const abResume = stateCommand('resume', 'active', 'resume an A/B test');
