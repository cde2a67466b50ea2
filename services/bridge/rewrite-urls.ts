/** A JSON string that begins with an address of the platform's. */
export interface UrlRewrite {
  readonly from: string;
  readonly to: string;
}

/**
 * Answers name the platform's own addresses (log sessions, output, git, rendezvous); the CLI has to come back through
 * the bridge for them. Works on the text: a URL is written without escapes by every JSON writer we talk to.
 */
export function rewriteUrls(json: string, rewrites: readonly UrlRewrite[]): string {
  return rewrites.reduce((text, { from, to }) => text.replaceAll(`"${from}/`, `"${to}/`), json);
}
