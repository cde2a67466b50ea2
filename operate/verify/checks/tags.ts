import { DescribeTagsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Check, proven, refuted } from '../check.ts';
import { STAGE } from '../stage.ts';
import { resources } from '../world.ts';

export const tags: Check = {
  name: 'tags',
  proves: 'resources carry the tags that separate costs',
  how: 'the tags of the load balancer, which costs most of what an idle platform costs',
  run: async (world) => {
    const ResourceArns = resources(world, 'edge', 'AWS::ElasticLoadBalancingV2::LoadBalancer');
    const { TagDescriptions } = await world.account.balancer.send(new DescribeTagsCommand({ ResourceArns }));
    const found = Object.fromEntries((TagDescriptions?.[0]?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    const wanted = Object.entries({ platform: 'dynoform', stage: STAGE, cell: 'common' });
    const text = (pairs: typeof wanted): string => pairs.map((pair) => pair.join('=')).join(', ');
    const missing = wanted.filter(([key, value]) => found[key] !== value);
    return missing.length === 0 ? proven(text(wanted)) : refuted(`without ${text(missing)}`);
  },
};
