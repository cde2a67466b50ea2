import { purgeApp } from '../../../core/app/delete-app.ts';
import type { OutputStreams } from '../../../core/ports/output-streams.ts';
import { completeReleasePhase } from '../../../core/release/complete-release-phase.ts';
import { type ApiFixture, openApiFixture, type Principal } from '../../api/api-fixture.ts';
import { deploy } from '../../api/deploy.ts';
import { type DrivenManager, driveManager, NO_REQUESTS } from '../dyno-manager/driven-manager.ts';
import { type Program, VirtualRuntime } from '../dyno-manager/virtual-runtime.ts';
import { VirtualTime } from '../dyno-manager/virtual-time.ts';

/** An app whose v3 waits for its release command: the real use cases, store and streams, with a virtual runtime. */
export class ReleaseWorld {
  readonly time = new VirtualTime();
  readonly runtime: VirtualRuntime;
  readonly fixture: ApiFixture;
  readonly me: Principal;
  readonly appId: string;
  readonly failures: unknown[] = [];
  streamId = '';
  #manager: DrivenManager;

  /** `program` is the release command's behavior. */
  static async open(program: Program): Promise<ReleaseWorld> {
    const fixture = await openApiFixture();
    const me = await fixture.principal('me@example.com');
    const { body } = await fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } });
    return new ReleaseWorld(fixture, me, body.id, program);
  }

  private constructor(fixture: ApiFixture, me: Principal, appId: string, program: Program) {
    this.fixture = fixture;
    this.me = me;
    this.appId = appId;
    Object.assign(fixture.platform, { clock: this.time, passRequests: this.time });
    this.runtime = new VirtualRuntime(this.time, ({ type }) => (type === 'release' ? program : {}));
    this.#manager = this.newManager();
  }

  /** A new process of the platform, without the old one's memory. */
  newManager(): DrivenManager {
    this.runtime.forgetListeners();
    this.#manager = driveManager({
      certificateRequests: NO_REQUESTS,
      platform: {
        ...this.fixture.platform,
        problems: { report: (_problem, error) => this.failures.push(error) },
      },
      runtime: this.runtime,
      completeReleasePhase,
      purgeApp,
    });
    this.runtime.onEvent((event) => this.#manager.onRuntimeEvent(event));
    this.time.handle((appId) => this.#manager.lookAt(appId));
    return this.#manager;
  }

  async restartPlatform(): Promise<void> {
    this.time.forgetNudges();
    await this.newManager().recover();
  }

  call(method: string, path: string, body?: unknown) {
    return this.fixture.request(method, path, { token: this.me.token, ...(body === undefined ? {} : { body }) });
  }

  /** Builds the code; its release waits for the command. */
  async build(): Promise<void> {
    await deploy(this.fixture, this.me, 'shop', { processTypes: { web: 'serve', release: 'migrate' } });
    const { output_stream_url: url } = (await this.call('GET', '/apps/shop/releases/3')).body;
    const { signer } = this.fixture.platform;
    this.streamId = signer.verify('output', url.split('/').at(-1), this.time.nowMs()) ?? '';
  }

  /** Starts the command, which has written some output. */
  async begin(): Promise<void> {
    await this.build();
    await this.time.advance(1_000);
    this.fixture.platform.outputs.append(this.streamId, 'migrating\n');
  }

  /** Makes the next call that ends the stream fail, like a full disk or a broken connection. */
  breakNextEnd(): void {
    const { outputs } = this.fixture.platform;
    const end: OutputStreams['end'] = outputs.end.bind(outputs);
    outputs.end = async () => {
      outputs.end = end;
      throw new Error('connection reset');
    };
  }

  /** `v3 failed, current v2, pending none`. */
  async releases(): Promise<string> {
    const all: { version: number; status: string; current: boolean }[] = (await this.call('GET', '/apps/shop/releases'))
      .body;
    const pending = all.filter(({ status }) => status === 'pending').map(({ version }) => version);
    const current = all.find((release) => release.current)?.version;
    return `v3 ${all.find(({ version }) => version === 3)?.status}, current v${current}, pending ${pending.join() || 'none'}`;
  }
}
