# Sourced by every script: makes sure that .venv holds exactly what requirements.lock says.
#
# Afterwards CROSSDOCK_ROOT is the checkout, VENV_PYTHON its interpreter, and the current
# folder the checkout. When nothing changed since the last run this takes a fraction of a
# second. Needs bash and any Python >= 3.11; nothing of the user's home is used.

set -euo pipefail

CROSSDOCK_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
VENV_PYTHON="$CROSSDOCK_ROOT/.venv/bin/python"
BUILDER="$CROSSDOCK_ROOT/scripts/lib/build_environment.py"
# A setting of the caller must not send packages elsewhere.
unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV VIRTUAL_ENV

say() { printf 'crossdock: %s\n' "$*" >&2; }

fits() { "$1" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

can_make_venv() { "$1" -I -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Prints the first interpreter that can make a virtual environment. Returns 1 when there is
# a fitting one that cannot, 2 when there is none at all.
find_python() {
    local name path found=2
    for name in python3.13 python3.12 python3.11 python3 python; do
        while IFS= read -r path; do
            fits "$path" || continue
            if can_make_venv "$path"; then
                printf '%s\n' "$path"
                return 0
            fi
            found=1
        done < <(type -aP "$name")
    done
    return "$found"
}

add_missing_python() {
    local remedy="install Python 3.11 or newer with its venv module (Debian, Ubuntu: apt-get install python3 python3-venv) and run this again."
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        say "no Python >= 3.11 that can make a virtual environment was found on PATH."
        say "Remedy: $remedy"
        return 1
    fi
    say "installing python3 and python3-venv with apt-get"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        python3 python3-venv; } >/dev/null || { say "apt-get failed. Remedy: $remedy"; return 1; }
}

ensure_environment() {
    local python
    if [ -x "$VENV_PYTHON" ] && "$VENV_PYTHON" -I -S "$BUILDER" --is-current 2>/dev/null; then
        return 0
    fi
    python="$(find_python)" || { add_missing_python && python="$(find_python)"; } || {
        say "still no usable Python >= 3.11. Remedy: put one on PATH."
        return 1
    }
    "$python" -I "$BUILDER"
}

cd "$CROSSDOCK_ROOT"
ensure_environment
