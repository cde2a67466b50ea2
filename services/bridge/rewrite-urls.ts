/** A JSON string that begins with an address of the platform's. */
export interface UrlRewrite {
  readonly from: string;
  readonly to: string;
}

/** A JSON string that is the URL of an app's repository. */
const REPOSITORY_URL = /"(https?:\/\/[^"/]+)(\/[a-z][a-z0-9-]*\.git)"/g;

/**
 * Answers name the platform's own addresses (log sessions, output, git, rendezvous); the CLI has to come back through
 * the bridge for them. Works on the text: a URL is written without escapes by every JSON writer we talk to.
 */
export function rewriteUrls(json: string, rewrites: readonly UrlRewrite[]): string {
  const homes = new Map(rewrites.map(({ from, to }) => [from, to]));
  // `heroku create` makes an `https:` URL of its host by itself; `heroku info` must not show another one.
  const withRepositories = json.replace(REPOSITORY_URL, (whole, origin: string, path: string) => {
    const home = homes.get(origin);
    return home === undefined ? whole : `"${home.replace(/^http:/, 'https:')}${path}"`;
  });
  return rewrites.reduce((text, { from, to }) => text.replaceAll(`"${from}/`, `"${to}/`), withRepositories);
}
