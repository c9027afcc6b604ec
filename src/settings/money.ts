// Prices and budgets.

import { DURATION, formOf, oneOf, SWITCH, TIME_ZONE } from './forms.ts';
import { group, setting } from './setting.ts';

const PRICE_FILE = formOf('"spec", or the path of a JSON file with prices', (text) => text);

const WAIT = formOf(`0, or ${DURATION.form}`, (text) => (/^0+$/.test(text) ? 0 : DURATION.parse(text)));

export const MONEY = group('Money', {
  TOKENWATCH_PRICES: setting(
    PRICE_FILE,
    '',
    'prices that go before the catalogue; "tokenwatch prices set" writes them',
  ),
  TOKENWATCH_BUDGET_ENABLED: setting(SWITCH, 'true', 'whether budgets and kill switches apply'),
  TOKENWATCH_BUDGET_RESERVE: setting(
    oneOf('cut', 'worst', 'expected'),
    'cut',
    'what a budget sets aside for a request: the most it can cost, but of a stream what is expected, and the stream is ended before it costs more than it holds (cut); the most in any case; or what its kind took lately',
  ),
  TOKENWATCH_BUDGET_UNKNOWN_PRICE: setting(
    oneOf('allow', 'block'),
    'block',
    'what hard budgets do with a request whose price is unknown, where `budget set --unknown` does not say',
  ),
  TOKENWATCH_BUDGET_OFFLINE: setting(
    oneOf('block', 'allow'),
    'block',
    'what hard budgets do, while the database is away or damaged, with a request beyond what this instance has leased or knows',
  ),
  TOKENWATCH_BUDGET_WAIT: setting(
    WAIT,
    '10',
    'how long a request waits for others to end that hold what it needs, before it is refused; 0: not at all',
  ),
  TOKENWATCH_BUDGET_CUT_STREAMS: setting(
    SWITCH,
    'false',
    'whether a stream is ended when its running cost crosses a hard budget, in the modes worst and expected',
  ),
  TOKENWATCH_BUDGET_TIMEZONE: setting(
    TIME_ZONE,
    'local',
    "the clock that budget periods follow; local is the machine's own zone",
  ),
});
