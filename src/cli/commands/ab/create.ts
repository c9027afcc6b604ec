// `tokenwatch ab create`: splits traffic between two models.

import { TokenWatchError } from '../../../core/errors.ts';
import { familyOf } from '../../../policy/model-family.ts';
import { optionText } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf, wholeNumberOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const abCreate: Command = {
  name: 'ab create',
  summary: 'split traffic between two models',
  argument: '[name]',
  options: [
    { flags: '--model-a <model>', about: 'variant A' },
    { flags: '--model-b <model>', about: 'variant B' },
    { flags: '--split <percent>', about: 'the share of variant B', standard: '50' },
    { flags: '--app <name>', about: 'only requests of this application' },
    { flags: '--tag <tag>', about: 'only requests with this tag' },
    {
      flags: '--sticky <unit>',
      about: 'what stays with its variant',
      standard: 'session',
      choices: ['session', 'request', 'app'],
    },
    {
      flags: '--min-samples <count>',
      about: 'requests a variant needs before the report concludes',
      standard: '100',
    },
    { flags: '--any-model', about: 'requests for other models enter too' },
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch ab create cheaper --model-a claude-sonnet-4-5 --model-b claude-haiku-4-5 --split 20',
    'tokenwatch ab create mini --model-a gpt-4o --model-b gpt-4o-mini --app support-chat --sticky request',
  ],
  async run(context) {
    const name = nameOf(context, 'A/B test');
    const [modelA, modelB] = [optionText(context, 'modelA'), optionText(context, 'modelB')];
    if (modelA === undefined || modelB === undefined)
      throw new TokenWatchError('invalid_argument', 'An A/B test needs --model-a and --model-b.');
    const definition = {
      modelA,
      modelB,
      split: Number(context.options.split),
      app: optionText(context, 'app') ?? null,
      tag: optionText(context, 'tag') ?? null,
      sticky: context.options.sticky as 'session' | 'request' | 'app',
      minSamples: wholeNumberOf(context, 'minSamples', '--min-samples'),
      anyModel: context.options.anyModel === true,
    };
    await ask(context, 'experimentAdd', { name, ...definition });
    context.print(
      context.options.json
        ? JSON.stringify({ created: { name, ...definition } }, null, 2)
        : `A/B test "${name}" is active: ${definition.split} % of its traffic goes to ${modelB}, the rest to ${modelA}.${speaksBoth(modelA, modelB) ? BOTH_APIS : ''}`,
    );
  },
};

const BOTH_APIS = `
The two speak different APIs: requests of one are translated for the model of the other (docs/translation.md), which needs an upstream of that API with a key. Only Messages and Chat Completions enter.`;

function speaksBoth(modelA: string, modelB: string): boolean {
  const families = [familyOf(modelA), familyOf(modelB)];
  return families[0] !== families[1] && !families.includes(null);
}
