// An address as it may be told: what was typed into it by mistake must reach no log.

/** Up to the last `@`: a password may hold slashes, and others. */
export function withoutCredentials(address: string): string {
  return address.replace(/\/\/\S*@/, '//…@');
}
