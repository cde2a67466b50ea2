"""Certificates of a load balancer's listener beside its default one, which MiniStack does not know."""

from ministack.services import alb

MAX = 25
ATTACHED = {}


def install():
    alb._ACTION_MAP.update(
        AddListenerCertificates=add,
        RemoveListenerCertificates=remove,
        DescribeListenerCertificates=describe,
    )


def asked(params):
    listener = alb._p(params, 'ListenerArn')
    arns = []
    while arn := alb._p(params, f'Certificates.member.{len(arns) + 1}.CertificateArn'):
        arns.append(arn)
    return ATTACHED.setdefault(listener, []), arns


def add(params):
    listener = alb._listeners.get(alb._p(params, 'ListenerArn'))
    if listener is None:
        return alb._error('ListenerNotFound', 'The listener does not exist.')
    if listener.get('Protocol') != 'HTTPS':
        return alb._error('ValidationError', 'Certificates can only be specified for HTTPS listeners')
    attached, arns = asked(params)
    new = [arn for arn in arns if arn not in attached]
    if len(attached) + len(new) > MAX:
        return alb._error('TooManyCertificates', 'Too many certificates.')
    attached.extend(new)
    return alb._xml(200, 'AddListenerCertificates', members(arns))


def remove(params):
    attached, arns = asked(params)
    attached[:] = [arn for arn in attached if arn not in arns]
    return alb._empty('RemoveListenerCertificates')


def describe(params):
    attached, _ = asked(params)
    return alb._xml(200, 'DescribeListenerCertificates', members(attached))


def members(arns):
    each = ''.join(f'<member><CertificateArn>{arn}</CertificateArn><IsDefault>false</IsDefault></member>' for arn in arns)
    return f'<Certificates>{each}</Certificates>'
