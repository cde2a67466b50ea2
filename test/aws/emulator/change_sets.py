"""A change set that is not there counts as deleted, as long as its stack exists: the CDK begins each deploy with that."""

from ministack.services.cloudformation import handlers
from ministack.services.cloudformation.helpers import _xml


def install():
    plain = handlers._ACTION_HANDLERS['DeleteChangeSet']

    def delete_change_set(params):
        response = plain(params)
        return _xml(200, 'DeleteChangeSetResponse', '') if b'ChangeSetNotFound' in response[2] else response

    handlers._ACTION_HANDLERS['DeleteChangeSet'] = delete_change_set
