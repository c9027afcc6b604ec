// The archive of prompts.

import { parsePromptKeys } from '../archive/cipher.ts';
import { BYTES, formOf, SWITCH, wholeNumber } from './forms.ts';
import { group, setting } from './setting.ts';

export const PROMPTS = group('Prompts', {
  TOKENWATCH_STORE_PROMPTS: setting(
    SWITCH,
    'false',
    'whether prompts and answers are stored; `tokenwatch prompts rule add` says otherwise for an application or a tag',
  ),
  TOKENWATCH_REDACT_STORED_PROMPTS: setting(
    SWITCH,
    'true',
    'whether secrets and personal data are taken out of them before they are written',
  ),
  TOKENWATCH_PROMPT_RETENTION_DAYS: setting(
    wholeNumber(1, 3650),
    '30',
    'after how many days they are deleted',
  ),
  TOKENWATCH_PROMPT_MAX_BYTES: setting(
    BYTES,
    '2M',
    'a request and its answer that are larger are not stored',
  ),
  TOKENWATCH_PROMPT_KEY: setting(
    formOf('a key of 32 bytes in hexadecimal or base64; older keys behind it, with commas', parsePromptKeys),
    '',
    'encrypts them; without it they are stored as they are. A lost key is a lost archive',
  ),
});
