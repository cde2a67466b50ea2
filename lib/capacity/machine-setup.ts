import { MultipartBody, MultipartUserData, UserData } from 'aws-cdk-lib/aws-ec2';
import { BRIDGE_PORTS, SERVICE_PORTS } from '../../adapters/aws/ports.ts';

/**
 * Runs at every boot, as early as cloud-init runs anything: no container may start before its network is closed. Containers
 * share the machine's kernel but must not share its identity: with access to the instance metadata service a program takes
 * the machine's role and, with it, everything that ECS gives to the other tasks there.
 */
export function networkHook(vpcCidr: string): string {
  return `#!/bin/bash
set -u
# Docker keeps a DOCKER-USER chain that exists, and asks it before its own rules about all that containers send.
rules() {
  local tables=$1; shift
  $tables -N DOCKER-USER 2>/dev/null || $tables -F DOCKER-USER
  local rule
  while read -r rule; do
    [ -z "$rule" ] || $tables -A DOCKER-USER $rule
  done
}
rules iptables <<'END'
-m conntrack --ctstate ESTABLISHED,RELATED -j RETURN
-d 169.254.169.254/32 -j DROP
-i docker0 -d ${vpcCidr} -p udp --dport 53 -j RETURN
-i docker0 -d ${vpcCidr} -p tcp --dport 53 -j RETURN
-i docker0 -d ${vpcCidr} -p tcp --dport ${SERVICE_PORTS.attach} -j RETURN
-i docker0 -d 10.0.0.0/8 -j DROP
-i docker0 -d 172.16.0.0/12 -j DROP
-i docker0 -d 192.168.0.0/16 -j DROP
-i docker0 -d 100.64.0.0/10 -j DROP
-i docker0 -d 169.254.0.0/16 -j DROP
-j RETURN
END
rules ip6tables <<'END'
-d fd00:ec2::254/128 -j DROP
-i docker0 -d fc00::/7 -j DROP
-i docker0 -d fe80::/10 -j DROP
-j RETURN
END
# To the machine itself: its agent, its other containers' published ports through Docker's proxy.
for tables in iptables ip6tables; do
  $tables -C INPUT -i docker0 -m conntrack --ctstate NEW -j DROP 2>/dev/null ||
    $tables -I INPUT -i docker0 -m conntrack --ctstate NEW -j DROP
done
mkdir -p /etc/docker
echo '{"icc": false, "live-restore": true}' > /etc/docker/daemon.json
# Where Docker was faster than this hook: it has read the file too early.
systemctl --no-block try-restart docker
`;
}

/** The agent's configuration (its README lists every variable). ECS_CLUSTER is added by the CDK. */
const AGENT: Readonly<Record<string, string>> = {
  ECS_AVAILABLE_LOGGING_DRIVERS: '["json-file","fluentd","awslogs","none"]',
  ECS_AWSVPC_BLOCK_IMDS: 'true',
  ECS_DISABLE_PRIVILEGED: 'true',
  ECS_DYNAMIC_HOST_PORT_RANGE: `${BRIDGE_PORTS.from}-${BRIDGE_PORTS.to}`,
  ECS_ENABLE_TASK_CPU_MEM_LIMIT: 'true',
  // Until then a dyno's environment file, with its config vars, stays on the machine; the default is three hours.
  ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION: '10m',
  // Images are named by digest, so a cached one is right.
  ECS_IMAGE_PULL_BEHAVIOR: 'prefer-cached',
  // For the agent, Docker and the kernel.
  ECS_RESERVED_MEMORY: '256',
  // Stops one dyno's fork bomb from taking the machine. Twice the process limit of the largest shared size: threads count too.
  ECS_TASK_PIDS_LIMIT: '1024',
};

export function machineSetup(vpcCidr: string): MultipartUserData {
  const setup = new MultipartUserData();
  setup.addPart(
    MultipartBody.fromUserData(UserData.custom(networkHook(vpcCidr)), 'text/cloud-boothook; charset="us-ascii"'),
  );
  const agent = UserData.forLinux();
  agent.addCommands(...Object.entries(AGENT).map(([name, value]) => `echo '${name}=${value}' >> /etc/ecs/ecs.config`));
  setup.addUserDataPart(agent, MultipartBody.SHELL_SCRIPT, true);
  return setup;
}
