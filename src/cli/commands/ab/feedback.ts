// `tokenwatch ab feedback`: rates the answer to a request.

import { TokenWatchError } from '../../../core/errors.ts';
import { ratingOf } from '../../../dashboard/handlers/experiment-handlers.ts';
import { optionText } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

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
    const { rated } = await ask(context, 'abFeedback', { request, rating });
    const belongs =
      rated.experiment === null
        ? 'it belongs to no A/B test'
        : `variant ${rated.variant?.toUpperCase()} of "${rated.experiment}"`;
    context.print(
      context.options.json
        ? JSON.stringify({ rated }, null, 2)
        : `Rated ${rating}: ${rated.id} (${belongs}).`,
    );
  },
};
