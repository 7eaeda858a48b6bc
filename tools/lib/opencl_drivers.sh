# shellcheck shell=bash
# Makes NVIDIA's OpenCL driver known to the loader where it is installed but not registered, as in most containers.
# Sourced, never run.

# Prints the path of NVIDIA's OpenCL driver, if there is one. Its folder may lack the link libnvidia-opencl.so.1.
nvidia_driver() {
    local folder candidate
    for folder in $(tr ':' ' ' <<<"${LD_LIBRARY_PATH-}") /usr/lib/x86_64-linux-gnu /usr/lib/aarch64-linux-gnu /usr/lib64 /usr/lib \
        /usr/local/nvidia/lib64 /usr/local/nvidia/lib /usr/local/nvidia /usr/lib/x86_64-linux-gnu/nvidia/current \
        /usr/local/cuda/compat /usr/local/cuda/lib64 /usr/lib/wsl/lib /run/opengl-driver/lib; do
        for candidate in "$folder/libnvidia-opencl.so.1" "$folder"/libnvidia-opencl.so.[0-9]*; do
            if [[ -e $candidate ]]; then
                printf '%s\n' "$candidate"
                return
            fi
        done
    done
    # Elsewhere: slower to find, and only asked for where there is an NVIDIA GPU.
    [[ -e /dev/nvidiactl || -e /proc/driver/nvidia ]] || return 0
    find /usr /opt /run /lib -xdev -name 'libnvidia-opencl.so*' -print -quit 2>/dev/null
}

# Leaves in the folder $1 the registered drivers and NVIDIA's, and points the loader there. Nothing happens where the user has set
# OCL_ICD_VENDORS or OCL_ICD_FILENAMES, or where there is no NVIDIA driver; where it is registered, only its folder is made known.
register_nvidia() {
    local driver
    [[ -z ${OCL_ICD_VENDORS-} && -z ${OCL_ICD_FILENAMES-} ]] || return 0
    driver=$(nvidia_driver)
    [[ -n $driver ]] || return 0
    # What the driver needs lies beside it, and a registration may give its bare name.
    export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}${driver%/*}"
    grep -qs nvidia /etc/OpenCL/vendors/*.icd && return 0
    mkdir -p "$1"
    cp /etc/OpenCL/vendors/*.icd "$1" 2>/dev/null || true
    printf '%s\n' "$driver" >"$1/nvidia.icd"
    export OCL_ICD_VENDORS=$1
}
