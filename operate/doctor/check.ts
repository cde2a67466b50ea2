import type { StageConfig } from '../../lib/config/config.ts';
import { type AccountFacts, type Asked, QUOTAS, type Quota, quotaName } from './facts.ts';

/** `fail`: a deploy or the platform will not work. `warn`: it works until it grows, or something could not be checked. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly subject: string;
  readonly text: string;
}

/** What the stacks of CDK 2.276 need: roles with the session tags of bootstrap template 21. */
const BOOTSTRAP_VERSION_MIN = 21;
/** Left for all other functions of the account: Lambda refuses reservations that leave fewer unreserved. */
const UNRESERVED_EXECUTIONS = 100;
/** What the platform's functions reserve together. */
const RESERVED_EXECUTIONS = 100;

/** What an account lacks for a stage, each with what to do about it. */
export function check(facts: AccountFacts, stage: StageConfig): readonly Finding[] {
  // Without credentials nothing else could be read either, for the same reason.
  if (!facts.account.ok) return [account(facts, stage)];
  return [
    account(facts, stage),
    bootstrap(facts),
    quota(facts, 'taskActions', 40, 'dynos are started and stopped at this rate per second, all apps together'),
    quota(facts, 'taskDefinitions', 1, 'builds register their images at this rate per second'),
    fargate(facts, stage),
    machines(facts, stage),
    executions(facts, stage),
    quota(
      facts,
      'certificates',
      25,
      'each custom domain with a certificate takes one',
      'so many custom domains have TLS',
    ),
    ...builds(facts, stage),
    ...(stage.natGateways === 0 ? [] : [quota(facts, 'addresses', stage.natGateways, 'each NAT gateway takes one')]),
    trunking(facts),
    ...dns(facts, stage),
  ];
}

function account({ account: asked }: AccountFacts, stage: StageConfig): Finding {
  const subject = 'account';
  if (!asked.ok) {
    const signIn = 'sign in with "aws sso login" or "aws configure", or name a profile in AWS_PROFILE';
    return { level: 'fail', subject, text: `no credentials that work (${asked.reason}): ${signIn}` };
  }
  if (stage.account !== undefined && stage.account !== asked.value) {
    return {
      level: 'fail',
      subject,
      text: `these credentials are for ${asked.value}, but the configuration names ${stage.account}`,
    };
  }
  return { level: 'ok', subject, text: asked.value };
}

function bootstrap({ bootstrapVersion: asked, account: known }: AccountFacts): Finding {
  const subject = 'CDK bootstrap';
  if (!asked.ok) return unseen(subject, asked);
  const command = `npx cdk bootstrap aws://${known.ok ? known.value : 'ACCOUNT'}/REGION`;
  if (asked.value === undefined) return { level: 'fail', subject, text: `missing: run ${command}` };
  if (asked.value < BOOTSTRAP_VERSION_MIN) {
    return {
      level: 'fail',
      subject,
      text: `version ${asked.value}, but ${BOOTSTRAP_VERSION_MIN} is needed: run ${command}`,
    };
  }
  return { level: 'ok', subject, text: `version ${asked.value}` };
}

function quota(facts: AccountFacts, id: Quota, needed: number, why: string, meaning = 'enough'): Finding {
  const subject = QUOTAS[id].name;
  const asked = facts.quotas[id];
  if (!asked.ok) return unseen(subject, asked);
  if (asked.value >= needed) return { level: 'ok', subject, text: `${asked.value}: ${meaning}` };
  return {
    level: 'warn',
    subject,
    text: `${asked.value}, but ${needed} would be needed: ${why}. ${request(id, needed)}`,
  };
}

function fargate(facts: AccountFacts, stage: StageConfig): Finding {
  // A deploy of the services runs new tasks next to the old ones; a dedicated dyno has 2 vCPUs or more.
  const services = (2 * stage.services.routers * stage.services.cpuUnits) / 1_024;
  const needed = Math.ceil(services + (stage.capacity.fargate ? 8 : 0));
  const finding = quota(facts, 'fargateVcpus', needed, 'the services and dedicated dynos run on Fargate');
  const asked = facts.quotas.fargateVcpus;
  return asked.ok && asked.value < services ? { ...finding, level: 'fail' } : finding;
}

function machines(facts: AccountFacts, stage: StageConfig): Finding {
  const subject = QUOTAS.machineVcpus.name;
  const { vcpus } = facts;
  if (!vcpus.ok) return unseen(subject, vcpus);
  const groups = Object.values(stage.capacity.machines);
  const unknown = groups.find(({ instanceType }) => vcpus.value[instanceType] === undefined);
  if (unknown !== undefined) {
    return { level: 'fail', subject, text: `this region has no ${unknown.instanceType}: choose another instanceType` };
  }
  const needed = groups.reduce((sum, { instanceType, max }) => sum + max * (vcpus.value[instanceType] ?? 0), 0);
  return quota(facts, 'machineVcpus', needed, 'vCPUs of all machines that the configuration allows');
}

function executions(facts: AccountFacts, stage: StageConfig): Finding {
  if (!stage.features.reservedConcurrency) return quota(facts, 'executions', 10, 'functions wait for each other');
  const needed = RESERVED_EXECUTIONS + UNRESERVED_EXECUTIONS;
  const finding = quota(
    facts,
    'executions',
    needed,
    'the functions reserve a part; without it set features.reservedConcurrency: false',
  );
  return finding.level === 'warn' && facts.quotas.executions.ok ? { ...finding, level: 'fail' } : finding;
}

function builds(facts: AccountFacts, stage: StageConfig): readonly Finding[] {
  const ids = { arm64: 'armBuilds', amd64: 'intelBuilds' } as const;
  return Object.keys(stage.capacity.machines).map((architecture): Finding => {
    const id = ids[architecture as keyof typeof ids];
    const named = quota(
      facts,
      id,
      1,
      'without one no build ever starts',
      'so many builds run at once, the others wait',
    );
    const finding = { ...named, subject: quotaName(id, stage.builds.compute) };
    const asked = facts.quotas[id];
    return asked.ok && asked.value < 1 ? { ...finding, level: 'fail' } : finding;
  });
}

function trunking({ trunking: asked }: AccountFacts): Finding {
  const subject = 'awsvpcTrunking';
  if (!asked.ok) return unseen(subject, asked);
  // Dynos on machines use bridge mode; dynos with their own network interface run on Fargate.
  return {
    level: 'ok',
    subject,
    text: `${asked.value ? 'on' : 'off'}: not needed, no dyno on a machine has an interface of its own`,
  };
}

function dns({ nameServers: asked }: AccountFacts, stage: StageConfig): readonly Finding[] {
  const subject = 'DNS';
  if (stage.domain === undefined) {
    return [
      { level: 'warn', subject, text: 'no domain: no TLS, and the Heroku CLI cannot use git or logs from elsewhere' },
    ];
  }
  if (asked === undefined || !asked.ok) return [unseen(subject, asked ?? { ok: false, reason: 'not asked' })];
  if (asked.value.length > 0)
    return [{ level: 'ok', subject, text: `${stage.domain.name} is at ${asked.value.join(', ')}` }];
  const text = `no name server answers for ${stage.domain.name}: add its NS records to the parent zone`;
  // The certificate is validated through the DNS while the deploy waits.
  return [{ level: 'fail', subject, text }];
}

function unseen(subject: string, asked: Asked<unknown> & { readonly ok: false }): Finding {
  return { level: 'warn', subject, text: `could not be read (${asked.reason})` };
}

function request(id: Quota, needed: number): string {
  const { service, ...quotaName } = QUOTAS[id];
  const which = 'code' in quotaName ? ` --quota-code ${quotaName.code}` : ` (by its name, in the console)`;
  return `Request: aws service-quotas request-service-quota-increase --service-code ${service}${which} --desired-value ${needed}`;
}
