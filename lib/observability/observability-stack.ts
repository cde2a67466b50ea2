import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { PlatformStack, type PlatformStackProps } from '../platform-stack.ts';
import {
  type AlarmDefinition,
  type AlarmSources,
  essentialAlarms,
  type Severity,
  ticketAlarms,
} from './alarm-definitions.ts';
import { dashboard } from './dashboard.ts';

export interface ObservabilityStackProps extends PlatformStackProps, AlarmSources {}

/** Alarms and who gets them. Every alarm names the section of the operator's runbook that says what to do. */
export class ObservabilityStack extends PlatformStack {
  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { stage } = props;
    const topics: Readonly<Record<Severity, Topic>> = {
      page: this.#topic('Page', stage.alarms.pageEmail),
      ticket: this.#topic('Ticket', stage.alarms.ticketEmail),
    };
    const alarms = [...essentialAlarms(props), ...(stage.features.ticketAlarms ? ticketAlarms(props) : [])];
    for (const definition of alarms) this.#alarm(definition, topics[definition.severity]);
    if (stage.features.dashboard) dashboard(this, 'Dashboard', props);
  }

  #topic(id: string, email: string | undefined): Topic {
    const topic = new Topic(this, id, { enforceSSL: true });
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }

  #alarm(
    { id, meaning, section, metric, threshold, comparison, periods, missing }: AlarmDefinition,
    topic: Topic,
  ): void {
    const alarm = new Alarm(this, id, {
      alarmDescription: `${meaning}. See docs/operator-runbook.md#${section}`,
      metric,
      threshold,
      comparisonOperator: comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: periods ?? 1,
      treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}
