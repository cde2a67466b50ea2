import { estimateIdleMonth } from '../lib/cost/estimate.ts';
import { PRICES_AS_OF, PRICES_REGION } from '../lib/cost/prices.ts';
import { readConfigFile } from './config-file.ts';
import { mayRun } from './no-options.ts';
import { printer } from './printer.ts';

/** `npm run cost`: the monthly cost of dynoform.config.ts before the first dyno, line by line. Sends no request. */
const say = printer(process.stdout);
const HELP = `Usage: npm run cost

Prints the monthly cost of dynoform.config.ts before the first dyno, line by line. It sends no request and has no options.
`;
const usd = (dollars: number): string => dollars.toFixed(2).padStart(8);

async function main(): Promise<void> {
  const { stages } = await readConfigFile();
  for (const stage of stages) {
    const { lines, dollars, unknown } = estimateIdleMonth(stage);
    const width = Math.max(...lines.map(({ item }) => item.length));
    say(
      `\n${stage.name}, ${stage.profile}, a month (730 hours) without dynos, in each of: ${stage.regions.join(', ')}\n`,
    );
    for (const { item, dollars, detail, source } of lines) {
      say(`${usd(dollars)}  ${item.padEnd(width)}  ${detail} (${source})`);
    }
    say(`${usd(dollars)}  USD in total`);
    for (const one of unknown) say(`         without ${one}: its price is not in lib/cost/prices.ts`);
  }
  say(
    `\nList prices of ${PRICES_REGION} on ${PRICES_AS_OF}, no free allowances, no taxes. Dynos, builds, traffic and storage come on top.`,
  );
}

if (mayRun(process.argv.slice(2), HELP)) await main();
