// The conditions that rules know, for a choice: what a value looks like, by example. The server judges the value.

export const CONDITION_KINDS = [
  { value: 'model', label: 'Model', example: 'claude-*' },
  { value: 'source_app', label: 'Application', example: 'nightly-report' },
  { value: 'tag', label: 'Tag', example: 'team=growth' },
  { value: 'token_count', label: 'Prompt tokens', example: '<500' },
  { value: 'regex', label: 'Prompt matches', example: '(?i)translate' },
  { value: 'time', label: 'Time of day', example: '22:00-06:00' },
  { value: 'cost_today', label: 'Cost today', example: '>10' },
  { value: 'budget_left', label: 'Budget left', example: '<20%' },
  { value: 'stream', label: 'Streams', example: 'true' },
  { value: 'tools', label: 'Has tools', example: 'true' },
  { value: 'header', label: 'Header', example: 'x-team: growth' },
] as const;
