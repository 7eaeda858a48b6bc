# shellcheck shell=bash
# What the scripts beside this folder share: where the checkout is, messages, and the packages that must be there.
# Sourced, never run. Everything said goes to stderr: stdout belongs to the program.

# shellcheck disable=SC2034  # used by the scripts that source this file
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# Exit status 69: something that is needed is not there (EX_UNAVAILABLE).
unavailable() {
    say "$@"
    exit 69
}

# Debian packages that are not installed, in the array `missing`; a script that needs others than these names them in the
# array `needed`. Looks for one file of each and starts no process, so that it may be asked at every call.
find_missing() {
    missing=()
    [[ -e /usr/include/mujoco/mujoco.h ]] || missing+=(libmujoco-dev)
    compgen -G '/usr/lib/*/libopenblas.so.0' >/dev/null || missing+=(libopenblas0-pthread)
    [[ -e /usr/include/CL/cl.h ]] || missing+=(ocl-icd-opencl-dev)
    # The CPU device on which the OpenCL backend is tested without a GPU.
    [[ -e /etc/OpenCL/vendors/pocl.icd ]] || missing+=(pocl-opencl-icd)
    [[ " ${needed[*]-} " != *" oclgrind "* || -e /usr/lib/oclgrind/liboclgrind-rt.so ]] || missing+=(oclgrind)
}

install_missing() {
    local as_root=() command
    find_missing
    ((${#missing[@]} == 0)) && return
    command="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    command -v apt-get >/dev/null ||
        unavailable "needs the Debian packages ${missing[*]}, and there is no apt-get here to install them"
    if ((EUID != 0)); then
        # Without a terminal nobody can type a password.
        if command -v sudo >/dev/null && { [[ -t 2 ]] || sudo -n true 2>/dev/null; }; then
            as_root=(sudo)
        else
            unavailable "needs the Debian packages ${missing[*]}; run as root: $command"
        fi
    fi
    say "installing ${missing[*]} with apt-get"
    apt_get() {
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2
    }
    if ! { apt_get update && apt_get install -y --no-install-recommends "${missing[@]}"; }; then
        unavailable "could not install ${missing[*]}; run as root: $command"
    fi
    find_missing
    ((${#missing[@]} == 0)) || unavailable "installed, but files of ${missing[*]} are not where Debian 12 has them"
}

require_swift() {
    command -v swift >/dev/null ||
        unavailable 'Swift 6.3 is needed and "swift" is not on PATH; see https://www.swift.org/install/linux/'
}
