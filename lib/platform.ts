import { PermissionsBoundary, Stage, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { BuildStack } from './build/build-stack.ts';
import { CapacityStack } from './capacity/capacity-stack.ts';
import type { StageConfig } from './config/config.ts';
import { ControlStack } from './control/control-stack.ts';
import { DataStack } from './data/data-stack.ts';
import { EdgeStack } from './edge/edge-stack.ts';
import { NetworkStack } from './network/network-stack.ts';
import { ObservabilityStack } from './observability/observability-stack.ts';
import { ServicesStack } from './services/services-stack.ts';

/** One complete platform: a stage of dynoform.config.ts in one region. What must last comes first and depends on nothing after it. */
export class Platform extends Stage {
  constructor(scope: Construct, config: StageConfig, region: string) {
    super(scope, `dynoform-${config.name}-${region}`, {
      env: { region, ...(config.account === undefined ? {} : { account: config.account }) },
      ...(config.permissionsBoundary === undefined
        ? {}
        : { permissionsBoundary: PermissionsBoundary.fromName(config.permissionsBoundary) }),
    });
    const props = { stage: config };
    // Stacks whose deletion would lose data or addresses that others use.
    const kept = { ...props, terminationProtection: config.keepData };
    const network = new NetworkStack(this, 'network', kept);
    const data = new DataStack(this, 'data', kept);
    const edge = new EdgeStack(this, 'edge', { ...kept, network, data });
    const capacity = new CapacityStack(this, 'capacity', { ...props, network, data });
    const build = new BuildStack(this, 'build', { ...props, data });
    const control = new ControlStack(this, 'control', { ...props, data, capacity, build, edge });
    const services = new ServicesStack(this, 'services', { ...props, network, data, capacity, edge, control });
    new ObservabilityStack(this, 'observability', { ...props, data, edge, capacity, control, services });

    const tags = { ...config.tags, platform: 'dynoform', stage: config.name, cell: 'common' };
    for (const [name, value] of Object.entries(tags)) Tags.of(this).add(name, value);
  }
}
