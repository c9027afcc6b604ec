// The many spellings of a model's name.

/** `anthropic/claude-sonnet-4.5`, `us.anthropic.claude-sonnet-4-5-20250929-v1:0` → `claude-sonnet-4-5`. */
export function canonicalModelName(model: string): string {
  return bareModelName(model)
    .replaceAll('.', '-')
    .replace(/[-@](?:20\d{6}|20\d\d-\d\d-\d\d)$/, '')
    .replace(/-latest$/, '');
}

/** Without provider, region and deployment suffix, in lower case; dates stay. */
export function bareModelName(model: string): string {
  return model
    .toLowerCase()
    .replace(/^.*\//, '')
    .replace(/^(?:[a-z]+\.)?(?:anthropic|openai|meta|mistral|amazon|deepseek)\./, '')
    .replace(/-v\d+:\d+$/, '')
    .replace('@', '-');
}

/** Fine-tuned models and free or otherwise marked variants have prices of their own, which no list tells. */
export function hasOwnPrice(model: string): boolean {
  return /^ft:/i.test(model) || /:(?!\d+$)[a-z]/i.test(model.replace(/^ft:/i, ''));
}
