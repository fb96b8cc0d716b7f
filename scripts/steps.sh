# Numbered steps and plain words for the commands at the top of the tree. Sourced by bash.

steps_total=${steps_total:-0}
steps_done=0

if [[ -t 1 ]]; then
    bold=$'\e[1m' plain=$'\e[0m'
else
    bold='' plain=''
fi

# step WORDS...: announces the next step, "[2/5] Build the release".
step() {
    steps_done=$((steps_done + 1))
    printf '%s[%d/%d] %s%s\n' "$bold" "$steps_done" "$steps_total" "$*" "$plain"
}

# say WORDS...: a line under the running step.
say() {
    printf '      %s\n' "$*"
}

# fail WORDS...: ends the command with a reason, each argument a line.
fail() {
    printf '\n' >&2
    printf '%s\n' "$@" >&2
    exit 1
}
