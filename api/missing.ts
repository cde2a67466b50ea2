/** A resource of Heroku's API that this platform does not have. */
export interface MissingResource {
  /** In the plural: it begins the sentence that users read. */
  readonly what: string;
  /** Each with all paths below it; of `exact` ones, only the path itself. */
  readonly paths: readonly string[];
  readonly exact?: readonly string[];
  /** Lists that are there and always empty: clients read them on the way to something else. */
  readonly lists?: readonly string[];
}

export const MISSING: readonly MissingResource[] = [
  {
    what: 'Pipelines',
    lists: ['/pipelines', '/pipeline-couplings', '/users/:account/pipeline-couplings'],
    paths: ['/pipelines', '/pipeline-couplings', '/pipeline-promotions', '/pipeline-transfers', '/filters/apps'],
    exact: ['/users/:account/pipeline-couplings'],
  },
  { what: 'Review apps', paths: ['/review-apps', '/apps/:app/review-app'] },
  { what: 'Test runs', paths: ['/test-runs'] },
  { what: 'App setups', paths: ['/app-setups'] },
  { what: 'Teams', lists: ['/teams'], paths: ['/teams'] },
  { what: 'Enterprise accounts', lists: ['/enterprise-accounts'], paths: ['/enterprise-accounts'] },
  { what: 'Private Spaces', lists: ['/spaces'], paths: ['/spaces'] },
  { what: 'App transfers', lists: ['/account/app-transfers'], paths: ['/account/app-transfers'] },
  {
    what: 'Webhooks',
    lists: ['/apps/:app/webhooks', '/apps/:app/webhook-deliveries', '/apps/:app/webhook-events'],
    paths: ['/apps/:app/webhooks', '/apps/:app/webhook-deliveries', '/apps/:app/webhook-events'],
  },
  { what: 'Log drains', lists: ['/apps/:app/log-drains'], paths: ['/apps/:app/log-drains'] },
  {
    what: 'Telemetry drains',
    lists: ['/apps/:app/telemetry-drains'],
    paths: ['/apps/:app/telemetry-drains', '/telemetry-drains'],
  },
  { what: 'OAuth clients', lists: ['/oauth/clients'], paths: ['/oauth/clients'] },
  {
    what: 'Add-ons',
    lists: ['/addon-services', '/addon-region-capabilities', '/users/:account/addons'],
    paths: [
      '/actions/addons',
      '/actions/addon-attachments',
      '/addon-attachments',
      '/addon-region-capabilities',
      '/addon-services',
      '/addons',
      '/apps/:app/addon-attachments',
      '/apps/:app/addons',
      '/plans',
      '/regions/:region/addon-region-capabilities',
      '/users/:account/addons',
    ],
  },
  { what: 'Container images', paths: ['/apps/:app/oci-images'] },
  { what: 'Commands in a running dyno', paths: [], exact: ['/apps/:app/dynos/:dyno'] },
  {
    what: 'Invoices and credits',
    lists: ['/account/invoices', '/account/credits'],
    paths: ['/account/credits', '/account/delinquency', '/account/invoices', '/account/invoice-address'],
  },
  {
    what: 'Passwords, phone numbers and preferences of accounts',
    paths: ['/password-resets', '/users/:account/preferences', '/users/:account/sms-number'],
  },
  { what: 'Features of accounts', paths: [], exact: ['/account/features/:feature'] },
  { what: 'Deletions of accounts', paths: [], exact: ['/account', '/users/:account'] },
  { what: 'Deletions of build caches', paths: ['/apps/:app/build-cache'] },
];
