# Sourced by the other scripts: where things are kept and how progress is told.
# shellcheck shell=bash

cache_directory="${XDG_CACHE_HOME:-$HOME/.cache}/taffrail"
repository_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

say() { printf '==> %s\n' "$*" >&2; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this step needs root or sudo: $*"
  fi
}

# install_packages NAME...: installs what is missing, and says nothing when nothing is.
install_packages() {
  local missing=()
  local name
  for name in "$@"; do
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" != installed ]; then
      missing+=("$name")
    fi
  done
  [ "${#missing[@]}" -eq 0 ] && return 0
  say "installing ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq ||
    say "some package lists could not be refreshed; going on with the ones at hand"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null
}

# free_ports N: prints N ports that nobody listens on, from below the range that outgoing connections take theirs from: who asked for a port
# must still find it free when a slow server gets to use it.
free_ports() {
  python3 - "$1" <<'PYTHON'
import random, socket, sys
sockets = []
while len(sockets) < int(sys.argv[1]):
    s = socket.socket()
    try:
        s.bind(("127.0.0.1", random.randrange(16000, 32000)))
        sockets.append(s)
    except OSError:
        s.close()
print(*[s.getsockname()[1] for s in sockets])
PYTHON
}

# make_authority DIR NAME: a certificate authority in DIR/ca.key and DIR/ca.crt.
make_authority() {
  local dir="$1" name="$2"
  openssl ecparam -name prime256v1 -genkey -noout -out "$dir/ca.key" 2>/dev/null
  openssl req -x509 -new -key "$dir/ca.key" -subj "/CN=$name" -days 30 -out "$dir/ca.crt" 2>/dev/null
}

# issue_certificate DIR NAME SUBJECT EXTENSION: DIR/NAME.key and DIR/NAME.crt, signed by the authority in DIR.
issue_certificate() {
  local dir="$1" name="$2" subject="$3" extension="$4"
  openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out "$dir/$name.key"
  openssl req -new -key "$dir/$name.key" -subj "$subject" -out "$dir/$name.csr" 2>/dev/null
  openssl x509 -req -in "$dir/$name.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -CAcreateserial -days 30 \
    -extfile <(printf '%s\n' "$extension") -out "$dir/$name.crt" 2>/dev/null
}

# launch DIR NAME COMMAND...: starts a process, its output in DIR/NAME.log, its id in DIR/pids.
launch() {
  local dir="$1" name="$2"
  shift 2
  setsid "$@" >>"$dir/$name.log" 2>&1 </dev/null &
  echo "$! $name" >>"$dir/pids"
}

# stop_launched DIR: ends what was started there, the last one first, so that nobody complains about a peer that went away.
stop_launched() {
  local dir="$1" pid name
  [ -f "$dir/pids" ] || return 0
  tac "$dir/pids" | while read -r pid name; do
    # Each leads a group of its own, which may have workers in it.
    kill -- "-$pid" 2>/dev/null || continue
    for _ in $(seq 1 100); do
      is_running "$pid" || break
      sleep 0.05
    done
    kill -9 -- "-$pid" 2>/dev/null || true
  done
  rm -f "$dir/pids"
}

# is_running PID: also false for a process that has ended and that nobody has waited for.
is_running() { grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status"; }

# stop_after DIR PID: stops what was started in DIR, and removes DIR, when that process has ended.
stop_after() {
  setsid bash -c '
    source "$1"
    while is_running "$3"; do sleep 0.5; done
    stop_launched "$2"
    rm -rf "$2"
  ' stop-after "$repository_root/scripts/lib.sh" "$1" "$2" >/dev/null 2>&1 </dev/null &
}

# fcgiwrap_program: where fcgiwrap is; Debian keeps it off a user's path, too.
fcgiwrap_program() { command -v fcgiwrap || echo /usr/sbin/fcgiwrap; }

# nginx_program: where nginx is; Debian keeps it off a user's path.
nginx_program() { command -v nginx || echo /usr/sbin/nginx; }
