/** The ports of services and dynos on AWS. This file imports nothing: both the infrastructure and the code read it. */
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

/** The port on which a dyno listens in its container; on Fargate the dyno has its own address. */
export const DYNO_PORT = 5000;

/** The range in which ECS publishes the ports of containers in bridge mode; the agent's configuration has it too. */
export const BRIDGE_PORTS = { from: 49_152, to: 65_535 } as const;
