"""Messages of FIFO queues reach functions with their group, as AWS gives it to them."""

from ministack.services import lambda_svc, sqs


def install():
    receive, execute = sqs._receive_messages_for_esm, lambda_svc._execute_function
    groups = {}

    def received(queue_url, count):
        messages = receive(queue_url, count)
        groups.update({one['id']: one['group_id'] for one in messages if one.get('group_id')})
        return messages

    def executed(function, event):
        for record in event.get('Records', []) if isinstance(event, dict) else []:
            group = groups.pop(record.get('messageId'), None)
            if group is not None:
                record['attributes']['MessageGroupId'] = group
        return execute(function, event)

    sqs._receive_messages_for_esm = received
    lambda_svc._execute_function = executed
