import type { AppRoutes } from '../../core/records/app-routes.ts';
import type { RouterCode } from './codes.ts';

/** Pages without external resources: the embedded platform must be able to explain itself without a network. */
export const NO_SUCH_APP_PAGE = page(
  'No such app',
  "There's nothing here, yet.",
  'No app of this platform has this hostname. Check the spelling, or create the app and deploy to it.',
);
const APPLICATION_ERROR_PAGE = page(
  'Application error',
  'Application error',
  'An error occurred in the application and your page could not be served. If you are the application owner, check your logs for details. You can do this from the Heroku CLI with the command <code>heroku logs --tail</code>',
);
const MAINTENANCE_PAGE = page(
  'Offline for Maintenance',
  'Offline for Maintenance',
  'This application is undergoing maintenance right now. Please check back later.',
);
const BLANK_APP_PAGE = page(
  'Welcome to your new app!',
  'Welcome to your new app!',
  'Nothing has been released to this app yet. Deploy it with <code>git push heroku main</code>.',
);
const BAD_REQUEST_PAGE = page('Bad request', 'Bad request', 'This request is not valid HTTP/1.1.');
const EXPECTATION_FAILED_PAGE = page(
  'Expectation failed',
  'Expectation failed',
  'The only Expect header that is understood is 100-continue.',
);

export function errorPage(code: RouterCode, routes: AppRoutes | undefined): string {
  if (code.status === 400) return BAD_REQUEST_PAGE;
  if (code.status === 417) return EXPECTATION_FAILED_PAGE;
  if (code.code === 'H81') return BLANK_APP_PAGE;
  if (code.code === 'H80') return framed('Offline for Maintenance', routes?.maintenancePageUrl) ?? MAINTENANCE_PAGE;
  return framed('Application error', routes?.errorPageUrl) ?? APPLICATION_ERROR_PAGE;
}

/** Shows `ERROR_PAGE_URL` and `MAINTENANCE_PAGE_URL` in a frame; anything but a web address is ignored. */
function framed(title: string, url: string | undefined): string | undefined {
  if (url === undefined || !/^(https?:)?\/\/[^/\s]/i.test(url)) return undefined;
  return `<!DOCTYPE html>
<html>
  <head>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta charset="utf-8">
    <title>${title}</title>
    <style>html, body, iframe { margin: 0; padding: 0; height: 100%; } iframe { display: block; width: 100%; border: none; }</style>
  </head>
  <body>
    <iframe src="${escapeHtml(url)}"></iframe>
  </body>
</html>
`;
}

function page(title: string, heading: string, text: string): string {
  return `<!DOCTYPE html>
<html>
  <head>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta charset="utf-8">
    <title>${title}</title>
  </head>
  <body>
    <h1>${heading}</h1>
    <p>${text}</p>
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
