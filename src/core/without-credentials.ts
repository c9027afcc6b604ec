// An address as it may be told: what was typed into it by mistake must reach no log.

/** Up to the last `@`, for a password may hold slashes, and others; and no query, where some write a key. */
export function withoutCredentials(address: string): string {
  return address.replace(/\/\/\S*@/, '//…@').replace(/(:\/\/[^\s?#]*\?)[^\s#]+/, '$1…');
}

/** Where a path may be all that a secret is, as a chat's webhook has it: `https://hooks.example/…`. */
export function hostOf(address: string): string {
  const { protocol, host, pathname, search } = new URL(address);
  return `${protocol}//${host}/${pathname + search === '/' ? '' : '…'}`;
}

/** What somebody answered who may repeat the key that it refuses; an empty one is none. */
export function withoutKey(text: string, key: string): string {
  return key === '' ? text : text.replaceAll(key, '…');
}
