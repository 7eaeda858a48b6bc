# shellcheck shell=bash
# Sections of a check: each runs a command under a limit, and both reports are written anew after it. Sourced by gpu-check.

# By section that has been told about.
titles=() statuses=() durations=()
# By section that was started.
job_pid=() job_title=() job_begin=() job_limit=() job_lines=() job=0
step_rows=()

# Makes the folder `work`, which goes with the process, and an empty report. Arguments: report, minutes.
begin_report() {
    report=$1 allowed=$((60 * $2))
    if ! : >"$report"; then
        printf 'gpu-check: %s cannot be written\n' "$report" >&2
        exit 73
    fi
    work=$(mktemp -d)
    trap 'stop_jobs; rm -rf -- "$work"' EXIT
    trap 'tell "" "Ended by a signal."; exit 143' TERM INT HUP
}

stop_jobs() {
    local each
    for each in "${!job_pid[@]}"; do kill -- "-${job_pid[$each]}" 2>/dev/null; done
}

# Lines for people: in the report and on stdout.
tell() { printf '%s\n' "$@" | tee -a "$report"; }

# A number of seconds that is meant for nine minutes, in proportion to the time allowed; at most what is left but `$2`, at least 1.
in_proportion() {
    local wanted=$(($1 * allowed / 540)) left=$((allowed - SECONDS - $2))
    ((wanted <= left)) || wanted=$left
    echo $((wanted > 1 ? wanted : 1))
}

# Starts a section in the background and leaves its number in `job`: begin LIMIT TITLE COMMAND…
# `lines` says how much of what it prints is told (default: 60).
begin() {
    local limit=$1
    job=$((job + 1))
    job_title[$job]=$2 job_begin[$job]=$SECONDS job_lines[$job]=${lines:-60}
    shift 2
    if ((SECONDS + 5 > allowed)); then
        job_limit[$job]=0
        return
    fi
    job_limit[$job]=$(in_proportion "$limit" 0)
    # timeout leads a process group of its own, so that everything it started ends with it.
    timeout --kill-after=5 "${job_limit[$job]}" "$@" >"$work/out.$job" 2>&1 </dev/null &
    job_pid[$job]=$!
}

# Waits for a section and tells about it.
settle() {
    local number=$1 status=0 took note=''
    tell "" "## ${job_title[$number]}" ""
    if ((job_limit[number] == 0)); then
        tell 'Left out: the time is up.'
        record "${job_title[$number]}" '"left out"' 0
        return
    fi
    wait "${job_pid[$number]}" || status=$?
    unset "job_pid[$number]"
    took=$((SECONDS - job_begin[number]))
    # Progress is for terminals: of what overwrites itself, only the last state.
    tr '\r' '\n' <"$work/out.$number" | grep -v '^$' | tail -n "${job_lines[$number]}" >"$work/told"
    tell '```'
    tee -a "$report" <"$work/told"
    ((status == 124 || status == 137)) && note=", stopped after its ${job_limit[$number]} seconds"
    tell '```' "" "Exit status $status, $took seconds$note."
    record "${job_title[$number]}" "$status" "$took"
}

# A section from begin to end: check LIMIT TITLE COMMAND…
check() {
    begin "$@"
    settle "$job"
}

record() {
    titles+=("$1") statuses+=("$2") durations+=("$3")
    write_json
}

# The times that the last section's `hyperbench step` printed: keep_step SIZES CRITIC SEEDS
keep_step() {
    local times
    [[ ${statuses[-1]} == 0 ]] || return 0
    times=$(sed -nE 's/^([0-9.]+) ms a step \(median; min ([0-9.]+), max ([0-9.]+)\).*/\1 \2 \3/p' "$work/told")
    [[ -n $times ]] || return 0
    step_rows+=("$1|$2|$3|$times")
    write_json
}

quoted() {
    local text=${1//\\/\\\\}
    printf '"%s"' "$(tr -d '\000-\037' <<<"${text//\"/\\\"}")"
}

# Everything so far as one JSON value, beside the report.
write_json() {
    local file=${report%.md}.json index row sizes critic seeds times median least most comma=''
    {
        printf '{"format": "hyperrl-gpu-check", "version": 1, "seconds": %d,\n "header": %s,\n "sections": [' "$SECONDS" \
            "$(quoted "$(sed '/^## /,$d' "$report" | sed 's/^- //; /^$/d' | tr '\n' ';')")"
        for index in "${!titles[@]}"; do
            printf '%s\n  {"title": %s, "status": %s, "seconds": %d}' "$comma" "$(quoted "${titles[$index]}")" "${statuses[$index]}" \
                "${durations[$index]}"
            comma=,
        done
        printf '],\n "steps": ['
        comma=''
        for row in "${step_rows[@]}"; do
            IFS='|' read -r sizes critic seeds times <<<"$row"
            read -r median least most <<<"$times"
            printf '%s\n  {"sizes": "%s", "algorithm": "td3", "critic": "%s", "seeds": %d, "ms": %s, "min": %s, "max": %s}' "$comma" \
                "${sizes#sizes }" "$critic" "$seeds" "$median" "$least" "$most"
            comma=,
        done
        printf '],\n "tuning": '
        cat "${report%.md}.tuning.json" 2>/dev/null || echo null
        printf ' , "peers": '
        cat "$work/peers.json" 2>/dev/null || echo null
        echo '}'
    } >"$file.new" && mv -- "$file.new" "$file"
}

# The tables at the end; exits with 0 if all sections passed, else 1.
end_report() {
    local index row bad=0 sizes critic seeds times aim
    tell "" '## Summary' ""
    if ((${#step_rows[@]})); then
        tell '| TD3 step | seeds | sizes | ms (median) | min | max | aim on a data-centre GPU |' '|---|---:|---|---:|---:|---:|---:|'
        for row in "${step_rows[@]}"; do
            IFS='|' read -r sizes critic seeds times <<<"$row"
            case $critic-$seeds in
                sa-hyper-1) aim=0.5 ;;
                sa-hyper-5) aim=1.6 ;;
                mlp-standard-1) aim=0.2 ;;
                *) aim='' ;;
            esac
            tell "| $critic | $seeds | ${sizes#sizes } | ${times// / | } | $aim |"
        done
        tell ""
    fi
    tell '| section | exit status | seconds |' '|---|---:|---:|'
    for index in "${!titles[@]}"; do
        tell "| ${titles[$index]} | ${statuses[$index]//\"/} | ${durations[$index]} |"
        [[ ${statuses[$index]} == 0 ]] || bad=$((bad + 1))
    done
    tell "" "$( ((bad == 0)) && echo 'All sections passed' || echo "$bad sections failed or were left out"), $SECONDS seconds in all."
    write_json
    exit $((bad > 0))
}
