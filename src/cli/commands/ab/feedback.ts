// `tokenwatch ab feedback`: rates the answer to a request.

import { systemClock } from '../../../core/clock.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { rate, ratingOf } from '../../../dashboard/experiment-handlers.ts';
import { visitStore } from '../../../storage/registry.ts';
import { optionText } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';

export const abFeedback: Command = {
  name: 'ab feedback',
  summary: 'rate the answer to a request, from 1 to 5',
  argument: '[request]',
  options: [{ flags: '--rating <1..5>', about: 'how good the answer was, 5 the best' }, JSON_OPTION],
  examples: [
    'tokenwatch ab feedback 0199c0de-0000-7000-8000-000000000001 --rating 5',
    'tokenwatch ab feedback msg_01ABCDEF --rating 2',
  ],
  async run(context) {
    const request = nameOf(context, 'request');
    const text = optionText(context, 'rating') ?? '';
    const rating = ratingOf(text === '' ? null : Number(text));
    if (rating === null)
      throw new TokenWatchError('invalid_argument', `--rating "${text}" is not a whole number from 1 to 5.`);
    const { feedback, close } = await visitStore(context.settings(), 'refuse');
    try {
      const rated = await rate({ feedback, clock: systemClock }, request, rating);
      const belongs =
        rated.experiment === null
          ? 'it belongs to no A/B test'
          : `variant ${rated.variant?.toUpperCase()} of "${rated.experiment}"`;
      context.print(
        context.options.json
          ? JSON.stringify({ rated: { ...rated, rating } }, null, 2)
          : `Rated ${rating}: ${rated.id} (${belongs}).`,
      );
    } finally {
      await close();
    }
  },
};
