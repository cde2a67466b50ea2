/** The buildpacks that come with the platform, in the order in which they are asked; the plain Procfile is last. */
export const SHIPPED_BUILDPACKS: readonly { readonly name: string; readonly directory: string }[] = [
  { name: 'heroku/nodejs', directory: 'heroku-nodejs' },
  { name: 'dynoform/static', directory: 'dynoform-static' },
  { name: 'dynoform/procfile', directory: 'dynoform-procfile' },
];

/** How Heroku's CLI and API also write `heroku/nodejs`. */
const PREFIXES = ['urn:buildpack:', 'https://buildpack-registry.s3.amazonaws.com/buildpacks/'];

/** The short name of a registered buildpack; other text as it is. */
export function buildpackName(text: string): string {
  const prefix = PREFIXES.find((known) => text.startsWith(known));
  return prefix === undefined ? text : text.slice(prefix.length).replace(/\.tgz$/, '');
}
