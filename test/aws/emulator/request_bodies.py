"""Bodies read in one piece. MiniStack adds chunk after chunk to a growing string, which costs an image's 100 MB a minute."""

from ministack import app


def install():
    app._read_request_body = read_request_body


async def read_request_body(receive, method, headers):
    chunks = []
    if headers.get('content-length') or headers.get('transfer-encoding') or method in app._BODY_METHODS:
        more = True
        while more:
            message = await receive()
            chunks.append(message.get('body', b''))
            more = message.get('more_body', False)
    return app._decode_aws_chunked_body(b''.join(chunks), headers)
