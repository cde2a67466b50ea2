# Sourced by bash when a dyno starts. Only shell builtins: it runs before every boot.
export NODE_ENV="${NODE_ENV:-production}"
export PATH="$HOME/node_modules/.bin:$PATH"
export MEMORY_AVAILABLE="${MEMORY_AVAILABLE:-512}"
export WEB_MEMORY="${WEB_MEMORY:-512}"
if [ -z "$WEB_CONCURRENCY" ]; then
  WEB_CONCURRENCY=$((MEMORY_AVAILABLE / WEB_MEMORY))
  if [ "$WEB_CONCURRENCY" -lt 1 ]; then WEB_CONCURRENCY=1; fi
  if [ "$WEB_CONCURRENCY" -gt 200 ]; then WEB_CONCURRENCY=200; fi
fi
export WEB_CONCURRENCY
