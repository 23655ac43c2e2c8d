# Sourced by the other scripts: finds the project, and makes or updates its virtual environment.
# VPTZ_VENV (default: .venv in the project) says where it is, PYTHON which interpreter makes it.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${VPTZ_VENV:-$project/.venv}

say() { printf '%s\n' "$*" >&2; }

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    say "Python 3.11 or newer is needed; set PYTHON to one, for example: PYTHON=/usr/bin/python3.11 $0"
    return 1
}

make_venv() {
    new_enough "$venv/bin/python" && return
    local python
    python=$(find_python)
    say "Making a virtual environment in $venv ..."
    if ! "$python" -m venv "$venv" >&2; then
        say "That failed. On Debian and Ubuntu the module is in the package python3-venv."
        return 1
    fi
}

# install EXTRAS: the project, editable, with these extras ("" for none); nothing where that is done already.
install() {
    local extras=$1 stamp fingerprint
    make_venv
    stamp=$venv/.virtualptz-${extras:-base}
    fingerprint=$(printf '%s %s' "$project" "$(cksum <"$project/pyproject.toml")")
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$fingerprint" ]; then
        return
    fi
    say "Installing the project${extras:+ with [$extras]} (once; this takes a minute or two) ..."
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --editable "$project${extras:+[$extras]}" >&2
    printf '%s' "$fingerprint" >"$stamp"
}
