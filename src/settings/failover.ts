// When another upstream is asked.

import { parseFailoverSet } from '../upstream/failover.ts';
import { DURATION, DURATION_OR_OFF, formOf, SWITCH, wholeNumber } from './forms.ts';
import { group, setting } from './setting.ts';

const FAILURES = formOf(
  '"off", or a list of connect, timeout, broken, and statuses (429, 5xx)',
  parseFailoverSet,
);

export const FAILOVER = group('Failover', {
  TOKENWATCH_RETRY: setting(
    wholeNumber(0, 5),
    '1',
    'how often an upstream is asked again where no other is left: when it cannot be reached, or asks for at most 5 s of rest',
  ),
  TOKENWATCH_FAILOVER_ON: setting(
    FAILURES,
    'connect,timeout,broken,429,5xx',
    'for which failures of an upstream the next one is asked, where several are set',
  ),
  TOKENWATCH_FAILOVER_ATTEMPTS: setting(
    wholeNumber(1, 20),
    '3',
    'how many upstreams a request is sent to at most',
  ),
  TOKENWATCH_FAILOVER_TIMEOUT: setting(
    DURATION,
    '600',
    'how long a request may still be sent to another upstream',
  ),
  TOKENWATCH_FAILOVER_HEAD_TIMEOUT: setting(
    DURATION,
    '30',
    "longest wait for a stream's start while another upstream is left; a whole answer has TOKENWATCH_OVERALL_TIMEOUT",
  ),
  TOKENWATCH_FAILOVER_TO_DEFAULT: setting(
    SWITCH,
    'true',
    'whether the addresses above are asked beside upstreams that were added',
  ),
  TOKENWATCH_HEALTH_PROBE: setting(
    DURATION_OR_OFF,
    'off',
    'how often an upstream in trouble is asked for its models, to be tried again sooner',
  ),
});
