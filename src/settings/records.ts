// Where records lie.

import { FOLDER } from './forms.ts';
import { group, setting } from './setting.ts';

export const RECORDS = group('Records', {
  TOKENWATCH_DATA_DIR: setting(FOLDER, null, 'where the database lies'),
});
