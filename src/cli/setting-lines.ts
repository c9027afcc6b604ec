// The settings as a help text shows them: in their groups, each as a line that a `.env` file would have.

import { styleText } from 'node:util';
import { SETTINGS } from '../settings.ts';

export function settingLines(): readonly string[] {
  const groups = Map.groupBy(Object.entries(SETTINGS), ([, { group }]) => group);
  return [...groups].flatMap(([group, rows]) => [
    '',
    styleText('bold', group, { stream: process.stdout }),
    ...rows.flatMap(([name, { standard, about }]) => [`  ${name}=${standard ?? ''}`, `    ${about}`]),
  ]);
}
