# shellcheck shell=bash
# Runs a program of this package from a checkout, from any folder: installs what is missing, builds when sources are newer
# than the binary, and then becomes the program, so that arguments, signals and exit statuses are its own.
# Sourced, never run: `prepare PRODUCT` leaves the path in `binary`, for `exec "$binary" "$@"`.

# shellcheck source-path=SCRIPTDIR source=setup.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

is_outdated() {
    [[ -x $binary && -e $stamp ]] || return 0
    local sources=("$root/Package.swift" "$root/Sources") changed
    [[ -d $root/Kernels ]] && sources+=("$root/Kernels")
    # The change of status tells what copying with old dates hides, a folder's the files that were removed.
    changed=$(find "${sources[@]}" -cnewer "$stamp" -print -quit)
    [[ -n $changed ]]
}

build_once() (
    mkdir -p "$build"
    exec 9>"$build/$product.lock"
    if ! flock --nonblock 9; then
        say 'another call is building; waiting for it'
        flock 9
    fi
    install_missing
    is_outdated || exit 0
    require_swift
    say 'building (the first time takes some minutes)'
    : >"$stamp.new"
    # A process that outlives the build must not keep the lock.
    swift build --package-path "$root" -c release --product "$product" </dev/null >&2 9>&- || {
        status=$?
        say 'the build failed; the messages above say why'
        exit "$status"
    }
    mv "$stamp.new" "$stamp"
)

prepare() {
    product=$1
    build="$root/.build"
    binary="$build/release/$product"
    # As old as the start of the last good build; changes made during that build are newer.
    stamp="$build/$product.stamp"
    find_missing
    if ((${#missing[@]})) || is_outdated; then
        build_once
    fi
}
