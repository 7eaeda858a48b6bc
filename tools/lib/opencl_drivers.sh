# shellcheck shell=bash
# Makes NVIDIA's OpenCL driver known to the loader where it is installed but not registered, as in most containers.
# Sourced, never run.

# Prints the path of NVIDIA's OpenCL driver, if there is one.
nvidia_driver() {
    local folder
    for folder in $(tr ':' ' ' <<<"${LD_LIBRARY_PATH-}") /usr/lib/x86_64-linux-gnu /usr/lib/aarch64-linux-gnu /usr/lib64 /usr/lib \
        /usr/local/nvidia/lib64 /usr/local/nvidia/lib /usr/lib/x86_64-linux-gnu/nvidia/current /usr/lib/wsl/lib /run/opengl-driver/lib; do
        if [[ -e $folder/libnvidia-opencl.so.1 ]]; then
            printf '%s\n' "$folder/libnvidia-opencl.so.1"
            return
        fi
    done
}

# Leaves in the folder $1 the registered drivers and NVIDIA's, and points the loader there. Nothing happens where the user has set
# OCL_ICD_VENDORS or OCL_ICD_FILENAMES, where NVIDIA's driver is registered, or where there is none.
register_nvidia() {
    local driver
    [[ -z ${OCL_ICD_VENDORS-} && -z ${OCL_ICD_FILENAMES-} ]] || return 0
    grep -qs nvidia /etc/OpenCL/vendors/*.icd && return 0
    driver=$(nvidia_driver)
    [[ -n $driver ]] || return 0
    mkdir -p "$1"
    cp /etc/OpenCL/vendors/*.icd "$1" 2>/dev/null || true
    printf '%s\n' "$driver" >"$1/nvidia.icd"
    export OCL_ICD_VENDORS=$1
    # What the driver needs lies beside it.
    export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}${driver%/*}"
}
