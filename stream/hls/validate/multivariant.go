package validate

import (
	"math"
	"regexp"
	"slices"
	"strings"
)

// multivariant judges the text of a multivariant playlist.
func (j *judge) multivariant(p *playlist) {
	groups := map[string]bool{}
	names := map[string]int{}
	defaults := map[string]int{}
	for _, r := range p.renditions {
		at := place{p.url, r.line}
		j.check("media-attributes", r.kind != "" && r.group != "" && r.name != "", at, "TYPE=%s, GROUP-ID=%q, NAME=%q; all three are needed", r.kind, r.group, r.name)
		_, uri := r.attrs.get("URI")
		_, instream := r.attrs.get("INSTREAM-ID")
		switch r.kind {
		case "SUBTITLES":
			j.check("media-uri", uri, at, "subtitles without URI")
		case "CLOSED-CAPTIONS":
			j.check("media-uri", !uri && instream, at, "closed captions with URI: %t, with INSTREAM-ID: %t; they are in the video", uri, instream)
		}
		if r.kind != "VIDEO" {
			_, ok := r.attrs.get("LANGUAGE")
			j.check("media-language", ok, at, `no LANGUAGE; write LANGUAGE="und" if it is not known`)
		}
		group := r.kind + " " + r.group
		groups[group] = true
		if key := group + " " + r.name; r.name != "" {
			j.check("media-name", names[key] == 0, at, "the group %q has the NAME %q in line %d already", r.group, r.name, names[key])
			names[key] = r.line
		}
		if r.attrs.text("DEFAULT") == "YES" {
			defaults[group]++
			j.check("media-default", defaults[group] == 1 && r.attrs.text("AUTOSELECT") != "NO", at, "%d DEFAULT=YES in group %q, AUTOSELECT=%s; one may be, and AUTOSELECT=YES with it", defaults[group], r.group, r.attrs.text("AUTOSELECT"))
		}
	}
	slow := false
	normal := 0
	for i := range p.variants {
		v := &p.variants[i]
		at := place{p.url, v.line}
		j.check("bandwidth", v.bandwidth > 0, at, "no BANDWIDTH; write the peak in bit/s")
		j.check("codecs", len(v.codecs) > 0, at, `no CODECS; write such as CODECS="mp4a.40.2"`)
		for _, c := range v.codecs {
			right := spelling(c)
			j.check("codecs-spelling", right == "", at, "CODECS has %q; %s", c, right)
		}
		if v.pictures() || v.frames {
			_, ok := v.attrs.get("RESOLUTION")
			j.check("resolution", ok, at, "video without RESOLUTION; write such as RESOLUTION=1280x720")
		}
		if v.frames {
			continue
		}
		normal++
		slow = slow || v.bandwidth <= 192000
		_, ok := v.attrs.get("AVERAGE-BANDWIDTH")
		j.check("average-bandwidth", ok, at, "no AVERAGE-BANDWIDTH; write the average in bit/s")
		if v.pictures() {
			_, ok := v.attrs.get("FRAME-RATE")
			j.check("frame-rate", ok, at, "video without FRAME-RATE; write such as FRAME-RATE=25.000")
		}
		for _, kind := range []string{"AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"} {
			if g, ok := v.attrs.get(kind); ok && g != "NONE" {
				j.check("group", groups[kind+" "+g], at, "%s=%q, and no #EXT-X-MEDIA:TYPE=%s has this GROUP-ID", kind, g, kind)
			}
		}
	}
	if normal > 0 {
		j.check("cellular", slow, place{p.url, 0}, "no variant has a BANDWIDTH of 192000 or less, which mobile networks want")
	}
}

var videoCodec = regexp.MustCompile(`^(?i:avc[1-4]|hvc1|hev1|av01|vp0?[89]|dv|mp4v|mjpg)`)

func (v *variant) pictures() bool {
	for _, c := range v.codecs {
		if videoCodec.MatchString(c) {
			return true
		}
	}
	return false
}

// spellings are the registered forms of what is written wrongly, or not at all in
// the right form, by the beginning (RFC 6381; the MP4 registration authority; the
// codecs' own specifications).
var spellings = []struct{ begin, form, advice string }{
	{"flac", `^fLaC$`, "write fLaC"},
	{"opus", `^Opus$`, "write Opus"},
	{"alac", `^alac$`, "write alac"},
	{"mp4a", `^mp4a\.(40\.[1-9][0-9]?|6[679bB]|a[4-9]|A[4-9])$`, "write mp4a.40.2 for AAC, mp4a.40.5 for HE-AAC, mp4a.40.34 for MP3"},
	{"mp3", `^$`, "write mp4a.40.34"},
	{"aac", `^$`, "write mp4a.40.2"},
	{"ac3", `^$`, "write ac-3"},
	{"ac-3", `^ac-3$`, "write ac-3"},
	{"eac3", `^$`, "write ec-3"},
	{"ec-3", `^ec-3$`, "write ec-3"},
	{"h264", `^$`, "write such as avc1.64001f"},
	{"avc", `^avc[13]\.[0-9A-Fa-f]{6}$`, "write avc1 with profile, constraints and level, such as avc1.64001f"},
	{"hvc1", `^(hvc1|hev1)(\.[0-9A-Za-z]+)+$`, "write such as hvc1.1.6.L93.B0"},
	{"hev1", `^(hvc1|hev1)(\.[0-9A-Za-z]+)+$`, "write such as hvc1.1.6.L93.B0"},
	{"av01", `^av01\.[0-9]\.[0-9]{2}[MH]\.[0-9]{2}`, "write such as av01.0.04M.08"},
}

var spellingForms = func() []*regexp.Regexp {
	var list []*regexp.Regexp
	for _, s := range spellings {
		list = append(list, regexp.MustCompile(s.form))
	}
	return list
}()

// spelling is what to write instead of a codec, or empty.
func spelling(codec string) string {
	for i, s := range spellings {
		if strings.HasPrefix(strings.ToLower(codec), s.begin) {
			if spellingForms[i].MatchString(codec) {
				return ""
			}
			return s.advice
		}
	}
	return ""
}

// variants judges what a multivariant playlist says of its media.
func (j *judge) variants(p *playlist) {
	for i := range p.variants {
		if s := j.byURL[p.variants[i].url]; s != nil {
			j.variant(p, &p.variants[i], s)
		}
	}
	var first *stream
	for _, s := range j.streams {
		if s.frames || s.subtitles || len(s.list.segments) == 0 {
			continue
		}
		if first == nil {
			first = s
			continue
		}
		a, b := first.list, s.list
		at := place{b.url, 0}
		j.check("same-target", a.target == b.target, at, "the target duration is %d, that of %s %d", b.target, shown(a.url), a.target)
		if !a.end || !b.end {
			continue // live playlists are fetched at different times
		}
		j.check("same-duration", math.Abs(a.seconds()-b.seconds()) <= 0.1, at, "it lasts %.3f s, %s %.3f s", b.seconds(), shown(a.url), a.seconds())
		j.same("same-discontinuities", a.starts(true), b.starts(true), at, a.url, "discontinuities")
		j.same("same-boundaries", a.starts(false), b.starts(false), at, a.url, "segments")
	}
}

func (j *judge) same(rule string, a, b []float64, at place, other, what string) {
	if len(a) != len(b) {
		j.fault(rule, at, "%d %s, %s has %d", len(b), what, shown(other), len(a))
		return
	}
	for i := range a {
		if math.Abs(a[i]-b[i]) > 0.1 {
			j.fault(rule, at, "of the %s, number %d begins at %.3f s, in %s at %.3f s", what, i+1, b[i], shown(other), a[i])
			return
		}
	}
	j.check(rule, true, at, "")
}

// variant judges one against its media: its own playlist and the most that any
// rendition of its groups adds.
func (j *judge) variant(p *playlist, v *variant, s *stream) {
	at := place{p.url, v.line}
	peak, average := s.measured()
	whole := s.whole()
	held := s.codecs()
	for kind, group := range map[string]string{"AUDIO": v.audio, "VIDEO": v.video, "SUBTITLES": v.sub} {
		var more, moreAverage float64
		for _, r := range p.renditions {
			t := j.byURL[r.url]
			if r.kind != kind || r.group != group || group == "" || t == nil || t == s {
				continue
			}
			a, b := t.measured()
			more, moreAverage = max(more, a), max(moreAverage, b)
			whole = whole && t.whole()
			if kind != "SUBTITLES" {
				held = append(held, t.codecs()...)
			}
		}
		peak += more
		average += moreAverage
	}
	if len(v.codecs) > 0 && len(held) > 0 {
		for _, c := range held {
			j.check("codecs-true", named(c, v.codecs), at, "the segments hold %s, CODECS is %q", c, strings.Join(v.codecs, ","))
		}
		sbr := slices.Contains(v.codecs, "mp4a.40.5") || slices.Contains(v.codecs, "mp4a.40.29")
		if sbr && len(s.inits) > 0 {
			j.check("explicit-sbr", !slices.Contains(held, "mp4a.40.2"), at, "CODECS is %q, and the AudioSpecificConfig in the init section says plain AAC; signal SBR in it", strings.Join(v.codecs, ","))
		}
	}
	if peak == 0 || v.frames {
		return
	}
	allowed := 1.1
	if !s.list.end {
		allowed = 1.25 // AA 1.29
	}
	if v.bandwidth > 0 {
		j.check("bandwidth-covers", peak <= allowed*float64(v.bandwidth), at, "BANDWIDTH is %d, the peak of its segments is %.0f; write that", v.bandwidth, peak)
	}
	if !whole || !s.list.end {
		return
	}
	if v.bandwidth > 0 {
		j.check("bandwidth-close", float64(v.bandwidth)*0.9 <= peak, at, "BANDWIDTH is %d, the peak of its segments is %.0f; players pass over it on networks that would do", v.bandwidth, peak)
	}
	if v.avg > 0 {
		j.check("average-bandwidth-true", math.Abs(average-float64(v.avg)) <= 0.1*float64(v.avg), at, "AVERAGE-BANDWIDTH is %d, the segments have %.0f; write that", v.avg, average)
	}
}

// codecs are those of the segments, each once.
func (s *stream) codecs() []string {
	var list []string
	seen := map[string]bool{}
	for _, c := range s.seen {
		if c == nil {
			continue
		}
		for _, name := range c.codecs {
			if !seen[name] {
				seen[name] = true
				list = append(list, name)
			}
		}
	}
	return list
}

// named reports whether CODECS has what the segments hold: a codec, or several
// forms of it behind |, with a final * for what the segments do not tell. HE-AAC
// may be called by its core, which explicit-sbr looks at, and avc1 by capitals.
func named(held string, codecs []string) bool {
	for h := range strings.SplitSeq(held, "|") {
		for _, c := range codecs {
			begin, open := strings.CutSuffix(strings.ToLower(h), "*")
			c = strings.ToLower(c)
			if c == begin || open && strings.HasPrefix(c, begin) || heAAC[c] && heAAC[begin] {
				return true
			}
			if spelling(c) != "" && strings.HasPrefix(begin, c) {
				return true // misspelt, which is said
			}
		}
	}
	return false
}

var heAAC = map[string]bool{"mp4a.40.2": true, "mp4a.40.5": true, "mp4a.40.29": true}
