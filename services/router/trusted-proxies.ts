import { BlockList, isIP } from 'node:net';

/** Whether a peer with this address is one of our load balancers, whose X-Forwarded-* are trusted. */
export type TrustedProxies = (address: string) => boolean;

/** CIDR blocks, e.g. those of the subnets in which only the load balancer has addresses. */
export function trustedProxies(blocks: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = '', prefix = ''] = block.split('/');
    const family = isIP(address);
    const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
    if (family === 0 || bits < 0 || bits > (family === 4 ? 32 : 128)) throw new Error(`not a CIDR block: ${block}`);
    list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
}
