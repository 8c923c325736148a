#!/bin/sh
# The browser tests against bin/segue on a folder of the demo music with a subfolder, and on one
# of codecs where ffmpeg is installed: web/e2e/run.sh [SHOTS]. Build first (make build); page.mjs
# and hls.mjs say the rest.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
server=
stop() {
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
		server=
	fi
	rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$work/home" "$work/music/Inside"
cp "$root"/testdata/music/* "$work/music/"
cp "$root"/testdata/music/* "$work/music/Inside/"

# serve starts bin/segue on a folder and waits for its address. It has a home of its own: segue
# keeps a signing key there.
serve() {
	HOME="$work/home" XDG_CONFIG_HOME= XDG_CACHE_HOME= \
		"$root/bin/segue" --listen 127.0.0.1:0 "$1" >"$work/out" 2>&1 &
	server=$!
	address=
	tries=0
	while [ -z "$address" ]; do
		address=$(sed -n 's/^ *Open *\(http[^ ]*\).*/\1/p' "$work/out")
		tries=$((tries + 1))
		if [ "$tries" -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
			echo "segue did not start:" >&2
			cat "$work/out" >&2
			exit 1
		fi
		sleep 0.1
	done
}

serve "$work/music"
node "$here/page.mjs" "$address" "$@"

if ! command -v ffmpeg >/dev/null; then
	echo "hls.mjs is skipped: it needs ffmpeg"
	exit 0
fi
kill "$server"
wait "$server" 2>/dev/null || true
"$here/media.sh" "$work/codecs"
serve "$work/codecs"
node "$here/hls.mjs" "$address" "$@"
