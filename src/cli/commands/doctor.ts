// `tokenwatch doctor`: looks at what this installation is made of, and says what to do where something is wrong.

import { systemClock } from '../../core/clock.ts';
import type { Verdict } from '../../core/finding.ts';
import type { CheckedUp } from '../../doctor/check-up.ts';
import { checkUp } from '../../doctor/registry.ts';
import { readSettings } from '../../settings.ts';
import { type Command, JSON_OPTION } from '../command.ts';

const SIGNS: Readonly<Record<Verdict, string>> = {
  ok: 'ok     ',
  note: 'note   ',
  warning: 'WARNING',
  fault: 'FAULT  ',
};

export const doctor: Command = {
  name: 'doctor',
  summary: 'look at the folder, ports, store, network and common mistakes, and say what to do',
  options: [JSON_OPTION],
  examples: ['tokenwatch doctor', 'tokenwatch doctor --json'],
  more: () => ['', 'It ends with 1 where there is a fault. It changes nothing.'],
  async run(context) {
    const checked = await checkUp({
      // Whatever lies in the place of the data folder is told among the rest.
      settings: readSettings(context.environment()),
      environment: context.environment(),
      nowMs: () => systemClock.now(),
    });
    const count = (verdict: Verdict): number =>
      checked.flatMap(({ findings }) => findings).filter((finding) => finding.verdict === verdict).length;
    const [faults, warnings] = [count('fault'), count('warning')];
    if (context.options.json === true) context.print(JSON.stringify({ faults, warnings, checked }, null, 2));
    else {
      for (const line of checked.flatMap(linesOf)) context.print(line);
      context.print(
        faults + warnings === 0 ? 'Nothing is wrong.' : `Faults: ${faults}. Warnings: ${warnings}.`,
      );
    }
    if (faults > 0) process.exitCode = 1;
  },
};

function linesOf({ name, findings }: CheckedUp): string[] {
  return [
    name,
    ...findings.flatMap(({ subject, verdict, found, advice }) => [
      `  ${SIGNS[verdict]}  ${subject}: ${found}`,
      ...(advice === null ? [] : [`           ${advice}`]),
    ]),
    '',
  ];
}
