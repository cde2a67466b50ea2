/**
 * The entry point of every dyno: bash that unpacks the config vars and then becomes the command.
 *
 * - Environment files hold one line per variable, so values are packed (`pack-variables.ts`) into as many variables as
 *   their length needs. They are given to `env` and never become variables of this program: a config var named `PATH`,
 *   `IFS` or `UID` changes the app and nothing here.
 * - Variables that are meant for this program only are removed: the app sees none of its tokens and addresses.
 * - Images of Cloud Native Buildpacks start through their launcher, which adds what the buildpacks provide.
 * - An attached one-off connects to the rendezvous service, sends its token and waits until a client is there. `script`
 *   gives it a terminal. When the client leaves, the terminal's processes are hung up three times, as on Heroku; `script`
 *   itself blocks SIGHUP, and would spin at the end of its input, so its input stays open.
 */
export const DYNO_ENTRY = `
fail() { printf 'dyno: %s\\n' "$1" >&2; exit 126; }

joined() {
  local name=$1 number=1 text=\${!1-} next
  while next=\${name}_$number; [ -n "\${!next-}" ]; do text+=\${!next}; number=$((number + 1)); done
  printf %s "$text"
}

pairs=()
take() {
  local packed last
  packed=$(joined "$1")
  [ -n "$packed" ] || return 0
  local -a taken=()
  mapfile -d '' -t taken < <(set -o pipefail; printf %s "$packed" | base64 -d | gzip -cd && printf '=\\0')
  last=$((\${#taken[@]} - 1))
  [ "$last" -ge 0 ] && [ "\${taken[last]}" = '=' ] || fail 'its config vars cannot be read'
  unset "taken[last]"
  pairs+=("\${taken[@]}")
}

take DYNO_CONFIG
take DYNO_ENVIRONMENT
command=$1
if [ -n "\${DYNO_COMMAND-}" ]; then
  command=$(set -o pipefail; joined DYNO_COMMAND | base64 -d | gzip -cd && printf .) || fail 'its command cannot be read'
  command=\${command%.}
fi
attach_address=\${DYNOFORM_ATTACH_ADDRESS-} attach_token=\${DYNOFORM_ATTACH_TOKEN-}
attach_seconds=\${DYNOFORM_ATTACH_SECONDS-30} terminal=\${DYNOFORM_TERMINAL-}
if [ -n "\${DYNOFORM_PROCESS_LIMIT-}" ]; then ulimit -u "$DYNOFORM_PROCESS_LIMIT" || fail 'its process limit cannot be set'; fi
unset \${!DYNOFORM_@} \${!DYNO_CONFIG@} \${!DYNO_ENVIRONMENT@} \${!DYNO_COMMAND@} TINI_KILL_PROCESS_GROUP \\
  ECS_CONTAINER_METADATA_URI ECS_CONTAINER_METADATA_URI_V4 ECS_AGENT_URI AWS_EXECUTION_ENV

cd -- "\${CNB_APP_DIR:-/app}" 2>/dev/null || cd -- "$PWD" || fail 'its directory is missing'
pairs+=("DYNO=$DYNO" "PORT=$PORT" "HOME=$PWD")

run=("$BASH" -c "$command")
profiles=(.profile.d/*.sh)
if [ -f .profile ] || [ -f "\${profiles[0]}" ]; then
  run=("$BASH" -c 'for profile in "$HOME"/.profile.d/*.sh; do if [ -f "$profile" ]; then . "$profile"; fi; done
unset profile
if [ -f "$HOME/.profile" ]; then . "$HOME/.profile"; fi
exec "$0" -c "$1"' "$BASH" "$command")
fi
if [ -x /cnb/lifecycle/launcher ]; then run=(/cnb/lifecycle/launcher -- "\${run[@]}"); fi

if [ -z "$attach_address" ]; then exec env -- "\${pairs[@]}" "\${run[@]}"; fi

# Whoever sees 128 and no client on record knows that none came.
tries=0
until { exec 3<>"/dev/tcp/\${attach_address%:*}/\${attach_address##*:}"; } 2>/dev/null; do
  tries=$((tries + 1))
  [ "$tries" -lt 5 ] || exit 128
  sleep 1
done
printf '%s\\n' "$attach_token" >&3
IFS= read -r -t "$attach_seconds" word <&3 && [ "$word" = attached ] || exit 128
if [ -z "$terminal" ] || ! type -P script >/dev/null; then
  exec env -- "\${pairs[@]}" "\${run[@]}" <&3 >&3 2>&3 3>&-
fi

typed() {
  local try child
  cat <&3
  for try in 1 2 3; do
    kill -0 "$1" || return
    for child in $(<"/proc/$1/task/$1/children"); do kill -HUP -- "-$child"; done
    sleep 5
  done
  while kill -0 "$1"; do sleep 1; done
}
# The relay must not stay a child of what becomes "script", which waits for any child of its own.
exec 4< <(typed $$ 2>/dev/null &)
wait $!
exec env -- "\${pairs[@]}" "SHELL=$BASH" script -qfec "stty cols \${terminal%x*} rows \${terminal#*x}; exec $(printf '%q ' "\${run[@]}")" /dev/null \\
  <&4 4<&- >&3 2>&3 3>&-
`.trim();
