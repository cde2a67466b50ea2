import { DeleteNetworkInterfaceCommand, paginateDescribeNetworkInterfaces } from '@aws-sdk/client-ec2';
import { type Account, isNamed } from '../account.ts';
import type { Say } from '../say.ts';
import { waitFor } from '../wait-for.ts';

const BOUND_MINUTES = 30;

/** Tasks and load balancers release their network interfaces minutes after their end; until then no subnet can be deleted. */
export async function waitForInterfaces({ ec2 }: Account, vpc: string, say: Say): Promise<void> {
  await waitFor({
    what: `network interfaces of ${vpc} to be deleted`,
    boundMinutes: BOUND_MINUTES,
    say,
    next: 'Their description in EC2 shows what they belong to: remove what you have added to this network, and run the command again.',
    look: async () => {
      const left: string[] = [];
      const Filters = [{ Name: 'vpc-id', Values: [vpc] }];
      for await (const page of paginateDescribeNetworkInterfaces({ client: ec2 }, { Filters })) {
        for (const { NetworkInterfaceId: id = '', Status, InterfaceType, Description } of page.NetworkInterfaces ??
          []) {
          // A NAT gateway's interface goes with it, and it goes with the stack. EC2 writes nat_gateway, its documentation natGateway.
          if (/^nat_?gateway$/i.test(InterfaceType ?? '')) continue;
          if (Status === 'available') await remove(ec2, id);
          left.push(`${id} (${Description})`);
        }
      }
      return left.length === 0 ? undefined : left.join(', ');
    },
  });
}

/** Attached to nothing, and left by its owner. */
async function remove(ec2: Account['ec2'], NetworkInterfaceId: string): Promise<void> {
  try {
    await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
  } catch (error) {
    if (
      !isNamed(error, 'InvalidNetworkInterfaceID.NotFound', 'InvalidNetworkInterface.InUse', 'OperationNotPermitted')
    ) {
      throw error;
    }
  }
}
