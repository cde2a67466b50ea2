"""Functions as AWS's Node runtime loads them: it imports the handler's module, which may await at its top level."""

from ministack.core import lambda_runtime

ONLY_ONE = 'if (reqErr.code === "ERR_REQUIRE_ESM") {'
BOTH = 'if (["ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE"].includes(reqErr.code)) {'


def install():
    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    if ONLY_ONE not in script:
        raise RuntimeError('MiniStack loads modules in another way now; see lambda_functions.py')
    lambda_runtime._NODEJS_WORKER_SCRIPT = script.replace(ONLY_ONE, BOTH)
