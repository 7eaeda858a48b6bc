#!/usr/bin/env bash
# Runs the program whose name this file bears in a folder of make-portable, with the libraries beside it, and with NVIDIA's OpenCL driver
# where it is installed.
here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
name=$(basename -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/hyperrl
# shellcheck source-path=SCRIPTDIR source=opencl_drivers.sh
source "$here/lib/opencl_drivers.sh"
register_nvidia "$cache/vendors"

# OpenBLAS travels compressed: three quarters of its size are kernels for processors of one maker or another. It is unpacked once, under
# a name of its own first, since another process may do the same.
library=libopenblas.so.0
folder=$here/lib
if [[ ! -e $folder/$library && -e $here/lib/$library.gz ]]; then
    [[ -w $folder ]] || { folder=$cache/lib && mkdir -p -- "$folder"; }
    if [[ ! -e $folder/$library ]]; then
        gunzip -c "$here/lib/$library.gz" >"$folder/$library.$$" && mv -- "$folder/$library.$$" "$folder/$library" ||
            printf '%s: could not unpack %s.gz into %s: processors without AVX-512 will be slow\n' "$name" "$library" "$folder" >&2
    fi
fi

LD_LIBRARY_PATH=$here/lib:$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} exec "$here/$name.bin" "$@"
