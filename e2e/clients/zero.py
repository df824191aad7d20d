"""What a newcomer tries first. Prints the time just before the error."""

import sys
import time

import sentry_sdk

sentry_sdk.init(dsn=sys.argv[1])
print(time.time(), flush=True)
1 / 0
