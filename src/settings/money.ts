// Prices and budgets.

import { formOf, oneOf, SWITCH, TIME_ZONE } from './forms.ts';
import { group, setting } from './setting.ts';

const PRICE_FILE = formOf('"spec", or the path of a JSON file with prices', (text) => text);

export const MONEY = group('Money', {
  TOKENWATCH_PRICES: setting(
    PRICE_FILE,
    '',
    'prices that go before the catalogue; "tokenwatch prices set" writes them',
  ),
  TOKENWATCH_BUDGET_ENABLED: setting(SWITCH, 'true', 'whether budgets and kill switches apply'),
  TOKENWATCH_BUDGET_RESERVE: setting(
    oneOf('worst', 'expected'),
    'worst',
    'what a budget sets aside for a request: the most it can cost, or what its kind took lately',
  ),
  TOKENWATCH_BUDGET_UNKNOWN_PRICE: setting(
    oneOf('allow', 'block'),
    'block',
    'what hard budgets do with a request whose price is unknown, where `budget set --unknown` does not say',
  ),
  TOKENWATCH_BUDGET_CUT_STREAMS: setting(
    SWITCH,
    'false',
    'whether a stream is ended when its running cost crosses a hard budget',
  ),
  TOKENWATCH_BUDGET_TIMEZONE: setting(
    TIME_ZONE,
    'local',
    "the clock that budget periods follow; local is the machine's own zone",
  ),
});
