import { readConfig, type StageConfig } from '../../../lib/config/config.ts';
import { PROFILES } from '../../../lib/config/profiles.ts';
import type { ConfigInput } from '../../../lib/config/schema.ts';
import { estimateIdleMonth } from '../../../lib/cost/estimate.ts';
import { MACHINE_PRICES, PRICES, PRICES_AS_OF } from '../../../lib/cost/prices.ts';

function stage(fields: ConfigInput['stages'][number] = {}): StageConfig {
  const [first] = readConfig({ stages: [{ plainHttp: true, ...fields }] }).stages;
  if (first === undefined) throw new Error('no stage');
  return first;
}
const dollarsOf = (config: StageConfig, item: string) =>
  estimateIdleMonth(config).lines.find((line) => line.item === item)?.dollars;

test('the minimal profile costs at most 40 USD a month without dynos', () => {
  const { dollars, unknown } = estimateIdleMonth(stage());
  expect(unknown).toEqual([]);
  expect(dollars).toBeLessThanOrEqual(40);
  // Less would mean that a line is missing: the load balancer, its addresses and a task alone cost this much.
  expect(dollars).toBeGreaterThan(34);
});

test('the resilient profile costs at most 320 USD, most of it machines', () => {
  const config = stage({ profile: 'resilient' });
  expect(estimateIdleMonth(config).dollars).toBeLessThanOrEqual(320);
  expect(dollarsOf(config, 'arm64 machines')).toBeCloseTo(3 * 0.0816 * 730);
});

test.each([
  { name: 'load balancer', item: 'load balancer', dollars: 16.43 },
  { name: 'two addresses of it, one of the task', item: 'public IPv4 addresses', dollars: 10.95 },
  { name: 'a quarter of a vCPU', item: 'services: CPU', dollars: 5.91 },
  { name: 'half a GB', item: 'services: memory', dollars: 1.3 },
  { name: 'nine alarms', item: 'alarms', dollars: 0.9 },
])('minimal: $name', ({ item, dollars }) => {
  expect(dollarsOf(stage(), item)).toBeCloseTo(dollars, 2);
});

test.each([
  { name: 'a third zone', fields: { zones: 3 }, more: 3.65 },
  { name: 'a dashboard', fields: { features: { dashboard: true } }, more: 3 },
  { name: 'a machine', fields: { capacity: { arm64: { min: 1 } } }, more: 0.0336 * 730 + 60 * 0.08 + 3.65 },
  { name: 'a NAT gateway, which saves the task its address', fields: { natGateways: 1 }, more: 0.045 * 730 },
  { name: 'a second router, apart from the rest', fields: { services: { routers: 2 } }, more: 2 * (7.21 + 3.65) },
])('$name adds $more USD', ({ fields, more }) => {
  expect(estimateIdleMonth(stage(fields)).dollars - estimateIdleMonth(stage()).dollars).toBeCloseTo(more, 1);
});

test('a machine without a price is named, not counted as free', () => {
  const { unknown } = estimateIdleMonth(stage({ capacity: { arm64: { instanceType: 'x2gd.metal', min: 2 } } }));
  expect(unknown).toEqual(['2 × x2gd.metal']);
});

test('every price is positive, dated and says where it is from', () => {
  expect(PRICES_AS_OF).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  for (const { dollars, source } of [...Object.values(PRICES), ...Object.values(MACHINE_PRICES)]) {
    expect(dollars).toBeGreaterThan(0);
    expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/[a-z0-9-]+\/pricing\/$/);
  }
});

test('machines of the profiles have a price', () => {
  const types = Object.values(PROFILES).flatMap(({ arm64, amd64 }) => [arm64.instanceType, amd64.instanceType]);
  expect(types.filter((type) => MACHINE_PRICES[type] === undefined)).toEqual([]);
});
