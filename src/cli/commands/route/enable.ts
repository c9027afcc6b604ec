// `tokenwatch route enable`

import { switchCommand } from '../../named-command.ts';

export const routeEnable = switchCommand(true);
