#!/bin/sh
# Runs the k6 scripts against an edge of its own: corpus, addresses, edge, scripts, clean-up.
#
#   bench/k6/run.sh                 # needs bin/edge, or EDGE=path; builds k6 if it is neither in PATH nor K6=path
#   RATE=300 DURATION=30s VUS=50 bench/k6/run.sh
#   ONLY=hls VUS=200 DURATION=5m bench/k6/run.sh
set -eu
cd "$(dirname "$0")/../.."

EDGE=${EDGE:-bin/edge}
K6=${K6:-$(command -v k6 || echo "$(go env GOPATH)/bin/k6")}
[ -x "$EDGE" ] || { echo "run.sh: $EDGE is not there: make build" >&2; exit 1; }
if [ ! -x "$K6" ]; then
	echo "building k6, some minutes once"
	GOBIN=$(dirname "$K6") go install go.k6.io/k6@v1.8.1
fi

dir=$(mktemp -d)
pid=
stop() {
	if [ -n "$pid" ]; then
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		pid=
	fi
}
trap 'stop; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

key=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
go run ./bench/k6/urls -dir "$dir" -key "$key"

port=${PORT:-18080}
base=http://127.0.0.1:$port

# start FLAGS...: an edge on the port; waits until it answers.
start() {
	SEGUE_SIGNING_KEYS=bench:$key "$EDGE" --root "$dir/files" --listen "127.0.0.1:$port" "$@" >"$dir/edge.log" 2>&1 &
	pid=$!
	for _ in $(seq 100); do
		kill -0 "$pid" 2>/dev/null || break
		if curl -s -o /dev/null "$base/"; then
			return
		fi
		sleep 0.1
	done
	echo "run.sh: the edge did not start:" >&2
	cat "$dir/edge.log" >&2
	exit 1
}

# run NAME [DATA]: one script; a missed threshold is remembered, the other scripts still run. What is not set in
# the environment has its default in the script.
failed=0
run() {
	case ${ONLY:-$1} in "$1") ;; *) return ;; esac
	"$K6" run --quiet --no-usage-report -e BASE="$base" -e DATA="$dir/${2:-$1}.json" ${SEED:+-e SEED="$SEED"} \
		${RATE:+-e RATE="$RATE"} ${VUS:+-e VUS="$VUS"} ${DURATION:+-e DURATION="$DURATION"} "bench/k6/$1.js" || failed=1
}

start
run ranges
run hls
stop
start --require-token
run signed
run hls hls-signed
stop
exit $failed
