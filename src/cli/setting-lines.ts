// The settings as a help text shows them: in their groups, each as a line that a `.env` file would have.

import { SETTINGS } from '../settings.ts';
import { bold } from './table.ts';

export function settingLines(): readonly string[] {
  const groups = Map.groupBy(Object.entries(SETTINGS), ([, { group }]) => group);
  return [...groups].flatMap(([group, rows]) => [
    '',
    bold(group),
    ...rows.flatMap(([name, { standard, about }]) => [`  ${name}=${standard ?? ''}`, `    ${about}`]),
  ]);
}
