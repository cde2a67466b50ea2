"""Faults to order. `EMULATOR_FAULTS` names a JSON file with a list; each fault is taken out when it has been used up.

  {"at": "run", "kind": "refuse", "reason": "RESOURCE:MEMORY", "times": 2}   RunTask answers `failures`
  {"at": "run", "kind": "error", "code": "ClientException", "message": "…"}  RunTask is refused
  {"at": "run", "kind": "hidden", "seconds": 5}                              DescribeTasks says MISSING at first
  {"at": "launch", "kind": "cannot-pull"}                                    the image cannot be pulled
  {"at": "live", "kind": "spot", "task": "<ARN, or absent: any>"}            Spot interruption
  {"at": "live", "kind": "retire", "task": "…"}                              the machine is to go
"""

import json
import os
import threading

PATH = os.environ.get('EMULATOR_FAULTS')
LOCK = threading.Lock()


def take(at, task_arn=None):
    """The first fault that is due here, or None."""
    if not PATH or not os.path.exists(PATH):
        return None
    with LOCK:
        with open(PATH, encoding='utf8') as file:
            faults = json.loads(file.read() or '[]')
        for index, fault in enumerate(faults):
            if fault['at'] != at or fault.get('task', task_arn) != task_arn:
                continue
            fault['times'] = fault.get('times', 1) - 1
            if fault['times'] <= 0:
                del faults[index]
            replacement = f'{PATH}.new'
            with open(replacement, 'w', encoding='utf8') as file:
                json.dump(faults, file)
            os.replace(replacement, PATH)
            return fault
    return None
