"""Functions as AWS runs them: it imports the handler's module, which may await at its top level, and gives each the credentials of
its role. Here the access key is the role's name, by which recording.py tells who calls."""

import threading

from ministack.core import lambda_runtime

ONLY_ONE = 'if (reqErr.code === "ERR_REQUIRE_ESM") {'
BOTH = 'if (["ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE"].includes(reqErr.code)) {'


def install():
    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    if ONLY_ONE not in script:
        raise RuntimeError('MiniStack loads modules in another way now; see lambda_functions.py')
    lambda_runtime._NODEJS_WORKER_SCRIPT = script.replace(ONLY_ONE, BOTH)
    give_roles()


def give_roles():
    """What MiniStack takes for the account becomes the access key of a process that it starts."""
    account_and_region = lambda_runtime._account_region_from_function_config
    spawn = lambda_runtime.Worker._spawn
    here = threading.local()

    def role_when_spawning(config):
        account, region = account_and_region(config)
        return (config['Role'].rsplit('/', 1)[-1] if getattr(here, 'spawns', False) else account), region

    def spawn_with_role(worker):
        here.spawns = True
        try:
            return spawn(worker)
        finally:
            here.spawns = False

    lambda_runtime._account_region_from_function_config = role_when_spawning
    lambda_runtime.Worker._spawn = spawn_with_role
