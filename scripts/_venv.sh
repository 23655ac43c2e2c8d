# Sourced by the other scripts: finds the project, and makes or updates its virtual environment.
# VPTZ_VENV (default: .venv in the project) says where it is, PYTHON which interpreter makes it, and VPTZ_YOLO=1
# that what the YOLO detector needs is to be in it (1 GB, most of it PyTorch).

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

fingerprint() {
    printf '%s %s' "$project" "$(cksum <"$project/pyproject.toml")"
}

# Whether some earlier installation, of the project as it is now, had all of these extras.
installed() {
    local stamp extra
    for stamp in "$venv"/.virtualptz-*; do
        [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ] || continue
        for extra in ${1//,/ }; do
            case ",${stamp##*/.virtualptz-}," in
            *",$extra,"*) ;;
            *) continue 2 ;;
            esac
        done
        return 0
    done
    return 1
}

# install EXTRAS: the project, editable, with these extras ("" for none); nothing where that is done already.
install() {
    make_venv
    if installed "$1"; then
        return
    fi
    say "Installing the project${1:+ with [$1]} (once; it takes a minute) ..."
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --editable "$project${1:+[$1]}" >&2
    fingerprint >"$venv/.virtualptz-${1:-base}"
}

# Words of requirements. What no requirement of ours can say: without CUDA, which is gigabytes.
read -ra torch <<<"${VPTZ_TORCH:-torch==2.13.0 torchvision==0.28.0}"

# PyTorch, unless there is one already, whichever that is.
install_torch() {
    make_venv
    "$venv/bin/python" -c 'import torch' 2>/dev/null && return
    local pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check) planned
    say "Installing ${torch[*]} (once) ..."
    planned=$("${pip[@]}" --dry-run --report - "${torch[@]}")
    if grep -Eq '"name": "(nvidia|cuda)-' <<<"$planned"; then
        say "Your package index has PyTorch with CUDA. To get the one without, first:"
        say "    $venv/bin/pip install ${torch[*]} --index-url https://download.pytorch.org/whl/cpu"
        return 1
    fi
    "${pip[@]}" "${torch[@]}" >&2
}

# A Triton server, in a folder of its own: what its wheel asks for is of its Python part, which nobody uses.
install_triton() {
    [ -d "$venv/triton" ] && return
    say "Installing a Triton server (once) ..."
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
        --target "$venv/triton" "${VPTZ_TRITON:-nvidia-pytriton==0.7.0}" >&2 ||
        say "There is none for this machine: the tests that need one will say so."
}

# What tests and checks need.
install_for_tests() {
    if [ "${VPTZ_YOLO:-}" = 1 ]; then
        install_torch
        install dev,docs,ffmpeg,yolo,exports
        install_triton
    else
        install dev,docs,ffmpeg
    fi
}
