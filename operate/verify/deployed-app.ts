export interface DeployedApp {
  readonly id: string;
  readonly buildOutput: string;
  /** What web.1 has answered; undefined: it never has. */
  readonly answer: string | undefined;
}
