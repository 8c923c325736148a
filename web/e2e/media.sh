#!/bin/sh
# Media for the checks of HLS, made by ffmpeg: web/e2e/media.sh FOLDER. Each codec has a folder
# with one unbroken tone that is cut into three tracks at no round place, so that a join that
# is not exact is heard; `wave` rises and falls, for the waveform; `other` has what a browser may
# not play.
set -eu
mkdir -p "$1"
cd "$1"
mkdir -p flac aac mp3 opus adts wave other
make() { ffmpeg -v error -nostdin -y -threads 1 "$@"; }

make -f lavfi -i "sine=frequency=440:sample_rate=44100:duration=45" -ac 2 tone.wav
n=0
for cut in 0:622824 622824:1313166 1313166:1984500; do
	n=$((n + 1))
	make -i tone.wav -af "atrim=start_sample=${cut%:*}:end_sample=${cut#*:},asetpts=PTS-STARTPTS" part.wav
	for kind in "flac flac flac" "aac m4a aac -b:a 128k" "mp3 mp3 libmp3lame -b:a 192k" \
		"opus opus libopus -b:a 96k" "adts aac aac -b:a 128k"; do
		# shellcheck disable=SC2086 # the words are meant to be split
		set -- $kind
		folder=$1 ending=$2 codec=$3
		shift 3
		make -i part.wav -c:a "$codec" "$@" -metadata title="Tone $n" -metadata artist=Segue \
			-metadata album="Tone in $folder" -metadata track="$n" "$folder/0$n.$ending"
	done
done

wave="0.4*sin(2*PI*220*t)*(0.55+0.45*sin(2*PI*t/7))*(0.6+0.4*sin(2*PI*t/1.3))"
make -f lavfi -i "aevalsrc=$wave|$wave:s=44100:d=30" -c:a flac -metadata title=Wave wave/wave.flac
make -i wave/wave.flac -c:a alac other/alac.m4a
make -f lavfi -i "testsrc=size=320x180:rate=25:duration=20" -i wave/wave.flac -shortest -c:v libx264 \
	-preset ultrafast -pix_fmt yuv420p -g 50 -c:a aac -b:a 96k other/film.mp4
rm tone.wav part.wav
