import { stepCertificates } from '../../../core/domain/certificate-step.ts';
import { readDomains } from '../../../core/domain/find-domain.ts';
import { type App, appKey, managerKey } from '../../../core/records/app.ts';
import type { Domain } from '../../../core/records/domain.ts';
import { type ApiFixture, openApiFixture } from '../../api/api-fixture.ts';
import { problemsTo } from '../../problems.ts';
import { stored } from '../../stored.ts';
import { VirtualIssuer } from './virtual-issuer.ts';

/** The real store and use cases, with an issuer in memory. */
export class DomainWorld {
  readonly issuer = new VirtualIssuer();
  readonly reported: string[] = [];
  readonly fixture: ApiFixture;
  readonly app: App;

  static async open(): Promise<DomainWorld> {
    const fixture = await openApiFixture();
    const me = await fixture.principal('me@example.com');
    const created = await fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } });
    const item = await stored<App>(fixture.platform.store, appKey(created.body.id));
    if (item === undefined) throw new Error('no app');
    return new DomainWorld(fixture, item.value);
  }

  private constructor(fixture: ApiFixture, app: App) {
    this.fixture = fixture;
    this.app = app;
  }

  get platform() {
    return this.fixture.platform;
  }

  /** What the dyno manager does after it has published routes. */
  async routed(appId = this.app.id): Promise<void> {
    const routedAppVersion = (await this.platform.store.get(appKey(appId)))?.version;
    const value = { appId, dirty: false, routedAppVersion };
    await this.platform.store.transact([{ kind: 'put', key: managerKey(appId), value, expect: 'any' }]);
  }

  async step(afterMs = 0, deadlineMs?: number): Promise<void> {
    this.fixture.clock.advance(afterMs);
    const platform = { ...this.platform, problems: problemsTo(this.reported) };
    await stepCertificates({ platform, certificates: this.issuer }, this.app.id, deadlineMs);
  }

  async domains(): Promise<readonly Domain[]> {
    return (await readDomains(this.platform.store, this.app.id)).map(({ value }) => value);
  }

  async certificate() {
    return (await this.domains())[0]?.certificate;
  }

  /** When the next step is due; undefined: never. */
  async dueInMs(): Promise<number | undefined> {
    const [item] = await this.platform.store.due('certificates', Number.MAX_SAFE_INTEGER, 1);
    if (item === undefined) return undefined;
    const nowMs = this.fixture.clock.nowMs();
    for (const afterMs of [0, 1, 60, 120, 300, 900, 86_400].map((seconds) => seconds * 1_000)) {
      if ((await this.platform.store.due('certificates', nowMs + afterMs, 1)).length > 0) return afterMs;
    }
    return Number.POSITIVE_INFINITY;
  }
}
