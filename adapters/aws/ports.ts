/** The ports of services and dynos on AWS. It imports nothing: the infrastructure opens them, the code listens on them. */
export const SERVICE_PORTS = {
  /** Requests to apps. */
  router: 8080,
  /** Git, log sessions, output of builds, terminals; health at /health. */
  services: 5000,
  /** Fluentd's forward protocol: what dynos print. */
  forward: 24_224,
  /** Attached one-off dynos wait here for their client. */
  attach: 5001,
} as const;

/** Where a dyno listens in its container; on Fargate its address is its own. */
export const DYNO_PORT = 5000;

/** Where ECS publishes the ports of containers in bridge mode; set in the agent's configuration too. */
export const BRIDGE_PORTS = { from: 49_152, to: 65_535 } as const;
