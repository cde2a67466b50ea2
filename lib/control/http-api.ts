import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  DomainName,
  EndpointType,
  HttpApi,
  HttpNoneAuthorizer,
  HttpStage,
  type IHttpApi,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

export interface ApiDomain {
  readonly name: string;
  readonly certificate: ICertificate;
  readonly zone: IHostedZone | undefined;
}

/** Routes requests to the API function. */
export class PlatformApi extends Construct {
  readonly api: HttpApi;
  readonly url: string;

  constructor(scope: Construct, id: string, { domain }: { readonly domain: ApiDomain | undefined }) {
    super(scope, id);
    this.api = new HttpApi(this, 'Http', {
      description: 'Heroku Platform API',
      createDefaultStage: false,
      // With a domain the API has only that name, with our certificate.
      disableExecuteApiEndpoint: domain !== undefined,
    });
    this.url = domain === undefined ? this.api.apiEndpoint : `https://${domain.name}`;
  }

  /** Not in the constructor: the function needs the URL of the API that calls it. */
  serve(handler: IFunction, accessLogs: ILogGroup, domain: ApiDomain | undefined): void {
    const [route] = this.api.addRoutes({
      path: '/{proxy+}',
      integration: new HttpLambdaIntegration('Function', handler),
      authorizer: new HttpNoneAuthorizer(),
    });
    if (route !== undefined) {
      acknowledge(route, {
        'AwsSolutions-APIG4':
          'The function authenticates: errors keep the form that Heroku’s clients read. No route of it exists without a permission.',
      });
    }
    new HttpStage(this, 'Stage', {
      httpApi: this.api as IHttpApi,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 200, burstLimit: 400 },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLogs),
        // Without the query: its parameters may be secrets.
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            time: '$context.requestTime',
            ip: '$context.identity.sourceIp',
            method: '$context.httpMethod',
            path: '$context.path',
            status: '$context.status',
            milliseconds: '$context.responseLatency',
            error: '$context.integrationErrorMessage',
          }),
        ),
      },
      ...(domain === undefined ? {} : { domainMapping: { domainName: this.#domainName(domain) } }),
    });
  }

  #domainName({ name, certificate, zone }: ApiDomain): DomainName {
    const domainName = new DomainName(this, 'Domain', {
      domainName: name,
      certificate,
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    if (zone !== undefined) {
      new ARecord(this, 'Record', {
        zone,
        recordName: name,
        target: RecordTarget.fromAlias(
          new ApiGatewayv2DomainProperties(domainName.regionalDomainName, domainName.regionalHostedZoneId),
        ),
      });
    }
    return domainName;
  }
}
