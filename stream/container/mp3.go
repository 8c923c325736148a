package container

import "encoding/binary"

// mp3Junk is how far behind tags the first frame is looked for.
const mp3Junk = 64 << 10

// openMP3 walks the frames from start. A first frame that holds a header in
// place of sound is no frame of the run, at the beginning and wherever the
// configuration changes.
func openMP3(w *window, x *Index, start int64) error {
	if err := refuseMP3(w.at(start, 4)); err != nil {
		return err
	}
	k := newWalker(w, &mp3Syntax, start)
	k.skipped(front(w, start))
	w.hashAll(start)
	var r runs
	groups := []mp3Group{{}}
	var config uint32
	for {
		h, off, ok := k.next()
		if !ok {
			break
		}
		if h.config != config {
			config = h.config
			r.close()
			if i := readMP3Info(w.at(off, int(h.size))); i != nil {
				if n := len(groups) - 1; groups[n].first == len(r.list) {
					groups = groups[:n] // it had no frames
				}
				groups = append(groups, mp3Group{len(r.list), i})
				continue
			}
		}
		if !r.open {
			if err := r.begin(mp3RunConfig(config)); err != nil {
				return err
			}
		}
		if err := r.add(h, off, k.end); err != nil {
			return err
		}
	}
	r.close()
	if w.err != nil {
		return w.err
	}
	if len(r.list) == 0 {
		return broken("there is no whole frame of sound in it")
	}
	x.Notes = append(x.Notes, k.notes()...)
	mp3Gapless(x, r.list, groups, k.short > 0)
	x.Audio = &Track{Codec: CodecMP3, Runs: r.list}
	return nil
}

func framesMP3(w *window, r *Run, k int) (*Frames, error) { return rewalk(w, &mp3Syntax, r, k) }

// findMP3 looks for the first frame of MPEG audio from off on. It finds that of
// the kinds, too, that openMP3 refuses, so that they are named.
func findMP3(w *window, off int64) (int64, bool) {
	for _, s := range []*syntax{&mp3Syntax, &mp2Syntax} {
		if at, ok := findFrames(w, s, off, mp3Junk); ok {
			return at, true
		}
	}
	return off, isFreeFormat(w.upTo(off, 3*4096))
}

// refuseMP3 names what the header is of when it is not of a frame to package.
func refuseMP3(b []byte) error {
	if b == nil {
		return nil // the disk failed
	}
	v := binary.BigEndian.Uint32(b)
	switch {
	case v>>17&3 == layerI:
		return unsupported("it is MPEG audio of Layer I, not of Layer III")
	case v>>17&3 == layerII:
		return unsupported("it is MPEG audio of Layer II, not of Layer III")
	case v>>12&15 == 0:
		return unsupported("it is MP3 in free format, whose frames do not state their bitrate")
	}
	return nil
}
