// `tokenwatch route disable`

import { switchCommand } from '../../named-command.ts';

export const routeDisable = switchCommand(false);
