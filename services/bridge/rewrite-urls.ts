/** A JSON string that begins with one of the platform's addresses. */
export interface UrlRewrite {
  readonly from: string;
  readonly to: string;
}

/** A JSON string that is the URL of an app's repository. */
const REPOSITORY_URL = /"(https?:\/\/[^"/]+)(\/[a-z][a-z0-9-]*\.git)"/g;

/**
 * Answers contain the platform's own addresses (log sessions, output, git, rendezvous); the CLI must reach them through
 * the bridge. Works on the text: every JSON writer on the other side writes URLs without escapes.
 */
export function rewriteUrls(json: string, rewrites: readonly UrlRewrite[]): string {
  const homes = new Map(rewrites.map(({ from, to }) => [from, to]));
  // `heroku create` builds an `https:` URL from its host; `heroku info` must show the same one.
  const withRepositories = json.replace(REPOSITORY_URL, (whole, origin: string, path: string) => {
    const home = homes.get(origin);
    return home === undefined ? whole : `"${home.replace(/^http:/, 'https:')}${path}"`;
  });
  return rewrites.reduce((text, { from, to }) => text.replaceAll(`"${from}/`, `"${to}/`), withRepositories);
}
