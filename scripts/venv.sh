#!/bin/sh
# Make .venv, or bring it up to date, with symgrad (editable) and the extras named:  sh scripts/venv.sh [EXTRA...]
#
# Needs Python 3.11 or later with pip, and neither ensurepip nor permission to change the system Python.
# PYTHON=... names the interpreter. .venv/setup records what was made from what, so that a second run costs nothing,
# a changed pyproject.toml is followed, and a .venv that is broken, half made, or of another checkout is made anew.
set -eu
cd "$(dirname "$0")/.."
here=$(pwd -P)
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONHOME PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV || true

inside=.venv/bin/python
record=.venv/setup     # line 1: the checkout; line 2: checksum of pyproject.toml; line 3: the extras
unfinished=.venv/unfinished
started=$(date +%s)

identity() { "$1" -c 'import sys; print(sys.base_prefix, sys.version)' 2>/dev/null || true; }

lack() { # why an interpreter will not do, or nothing
    if ! command -v "$1" >/dev/null 2>&1; then echo "not found"
    elif ! version=$("$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null); then echo "does not start"
    elif ! "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then echo "is $version, too old"
    elif ! "$1" -c 'import venv' 2>/dev/null; then echo "is $version, without venv"
    elif ! "$1" -m pip --version >/dev/null 2>&1; then echo "is $version, without pip"
    fi
}

choose() { # sets $chosen
    looked=
    if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else set -- python3.13 python3.12 python3.11 python3; fi
    for chosen in "$@"; do
        reason=$(lack "$chosen")
        [ -n "$reason" ] || return 0
        looked="$looked
  $chosen $reason"
    done
    echo "symgrad needs Python 3.11 or later with pip (on Debian: apt-get install python3 python3-pip). Looked at:$looked" >&2
    echo "Name another one with PYTHON=, for example: make key PYTHON=/path/to/python3" >&2
    exit 2
}

fits() { # is the .venv that stands here worth keeping?
    [ ! -e "$unfinished" ] || return 1
    "$inside" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || return 1
    [ ! -e "$record" ] || [ "$(sed -n 1p "$record")" = "$here" ] || return 1
    [ -z "${PYTHON:-}" ] || [ "$(identity "$PYTHON")" = "$(identity "$inside")" ] || return 1
}

pip_into() { # an old pip has no --python, but its folder can be run by any interpreter
    if "$chosen" -m pip --python "$inside" --version >/dev/null 2>&1; then
        "$chosen" -m pip --python "$inside" install -qq pip
    else
        "$inside" "$("$chosen" -c 'import pip; print(pip.__path__[0])')" install -qq --ignore-installed pip
    fi
}

if ! fits; then
    choose
    rm -rf .venv
fi
sum=$(cksum <pyproject.toml)
extras=$(sed -n 3p "$record" 2>/dev/null || true)
fresh=yes
for extra in "$@"; do
    case " $extras " in *" $extra "*) ;; *) extras="${extras:+$extras }$extra" fresh=no ;; esac
done
[ "$(sed -n 2p "$record" 2>/dev/null || true)" = "$sum" ] || fresh=no
[ $fresh = no ] || exit 0

if [ ! -e "$inside" ]; then
    echo ".venv: making it with $chosen ($("$chosen" -c 'import platform; print(platform.python_version())'))"
    mkdir -p .venv
    : >"$unfinished"
    "$chosen" -m venv --without-pip .venv
fi
: >"$unfinished"
if ! "$inside" -c 'import pip' 2>/dev/null; then
    [ -n "${chosen:-}" ] || choose
    pip_into
fi
wanted=".${extras:+[$(echo "$extras" | tr ' ' ',')]}"
echo ".venv: installing symgrad${wanted#.}"
"$inside" -m pip install -qq --editable "$wanted"
printf '%s\n%s\n%s\n' "$here" "$sum" "$extras" >"$record"
rm -f "$unfinished"
echo ".venv: ready after $(($(date +%s) - started)) s"
