/** The API token from a `Basic` header, sent as git's credential helpers do: any user name, the token as password. */
export function basicPassword(header: string | undefined): string | undefined {
  const encoded = /^basic +([a-z0-9+/=_-]+) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const password = colon < 0 ? '' : text.slice(colon + 1);
  // Printable ASCII only: the token goes into a header of our own request.
  return /^[\x21-\x7e]{1,1024}$/.test(password) ? password : undefined;
}
