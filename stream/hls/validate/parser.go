package validate

import (
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

type item struct {
	line        int
	name, value string // name is empty for a URI
}

type parser struct {
	*playlist
	s      *sheet
	parent map[string]string // what IMPORT can take
	next   segment           // what the next URI gets
	inf    *variant          // the EXT-X-STREAM-INF before the line
	init   *initRef
	method string
	rate   int64
	rline  int
	ranged *segment // the segment before, for a range without offset
	filled int      // bytes that variables put in
}

// parse reads a playlist of the address and notes every fault of its text. The
// parent's variables may be imported.
func parse(address string, data []byte, parent map[string]string, s *sheet) *playlist {
	p := &parser{playlist: &playlist{url: address, defined: map[string]string{}, features: map[int]string{}}, s: s, parent: parent}
	items := p.lines(string(data))
	p.choose(items)
	for _, it := range items {
		if it.name == "" {
			p.uri(it)
		} else {
			p.tag(it)
		}
	}
	p.finish(items)
	return p.playlist
}

func (p *parser) at(line int) place { return place{p.url, line} }

// lines cuts the text into tags and URIs.
func (p *parser) lines(text string) []item {
	rest, bom := strings.CutPrefix(text, "\ufeff")
	p.s.check("bom", !bom, p.at(1), "the playlist begins with the bytes EF BB BF; it should begin with #EXTM3U")
	p.s.check("utf8", utf8.ValidString(rest), p.at(1+strings.Count(rest[:invalid(rest)], "\n")), "bytes that are no UTF-8; write the playlist in UTF-8")
	first, _, _ := strings.Cut(rest, "\n")
	p.s.check("extm3u-first", strings.TrimSuffix(first, "\r") == "#EXTM3U", p.at(1), "the first line is %q; it should be #EXTM3U", first[:min(len(first), 80)])
	var items []item
	n := 0
	p.s.check("control-characters", true, place{}, "")
	for line := range strings.SplitSeq(rest, "\n") {
		n++
		line = strings.TrimSuffix(line, "\r")
		if i := strings.IndexFunc(line, isControl); i >= 0 {
			p.s.fault("control-characters", p.at(n), "the character U+%04X in column %d; leave it out", []rune(line[i:])[0], i+1)
			line = strings.TrimSpace(line)
		}
		if line == "" || line[0] == '#' && !strings.HasPrefix(line, "#EXT") {
			continue
		}
		if line[0] != '#' {
			items = append(items, item{n, "", line})
			continue
		}
		name, value, colon := strings.Cut(line[1:], ":")
		known, ok := knownTags[name]
		if !ok {
			p.s.fault("tag-known", p.at(n), "#%s is no tag of HLS, so players pass over it; is it misspelt?", name)
			continue
		}
		p.s.check("tag-known", true, place{}, "")
		if valued := known.attrs || !plainTags[name]; valued != colon {
			p.s.fault("tag-value", p.at(n), "#%s %s", name, map[bool]string{true: "lacks its value; write #" + name + ":VALUE", false: "has a value; it takes none"}[valued])
			if valued {
				continue
			}
		}
		items = append(items, item{n, name, value})
	}
	return items
}

var plainTags = map[string]bool{"EXTM3U": true, "EXT-X-INDEPENDENT-SEGMENTS": true, "EXT-X-ENDLIST": true, "EXT-X-I-FRAMES-ONLY": true, "EXT-X-DISCONTINUITY": true, "EXT-X-GAP": true}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r <= 0x9f }

// invalid is where the first byte stands that is no UTF-8, or the end.
func invalid(s string) int {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			return i
		}
	}
	return len(s)
}

// choose decides whether the playlist is multivariant (bis 4.1).
func (p *parser) choose(items []item) {
	var media, multi *item
	seen := map[string]int{}
	for i := range items {
		it := &items[i]
		if it.name == "" {
			continue
		}
		k := knownTags[it.name]
		switch {
		case k.group == multiGroup && multi == nil:
			multi = it
		case (k.group == mediaGroup || k.group == segmentGroup) && (media == nil || media.name != "EXTINF" && it.name == "EXTINF"):
			media = it
		}
		if !k.once {
			continue
		}
		p.s.check("tag-once", seen[it.name] == 0, p.at(it.line), "a second #%s, the first is in line %d; leave one", it.name, seen[it.name])
		if seen[it.name] == 0 {
			seen[it.name] = it.line
		}
	}
	p.multivariant = multi != nil && (media == nil || media.name != "EXTINF")
	if multi != nil && media != nil {
		p.s.fault("kind", p.at(0), "it has #%s (line %d), of multivariant playlists, and #%s (line %d), of media playlists; leave one kind", multi.name, multi.line, media.name, media.line)
	} else {
		p.s.check("kind", true, place{}, "")
	}
}

// resolve makes an absolute address of a URI.
func (p *parser) resolve(ref string, line int) string {
	base, err := url.Parse(p.url)
	if err != nil {
		base = &url.URL{}
	}
	u, err := base.Parse(ref)
	ok := err == nil && ref != "" && !strings.ContainsAny(ref, " \t\"<>") && ref == strings.TrimSpace(ref)
	p.s.check("uri", ok, p.at(line), "%q is no URI; write spaces as %%20, and nothing around it", ref)
	if err != nil || ref == "" {
		return ""
	}
	return u.String()
}

// fill replaces {$name} by what EXT-X-DEFINE said (bis 4.3).
func (p *parser) fill(s string, line int) string {
	if !strings.Contains(s, "{$") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "{$")
		name, after, closed := strings.Cut(rest, "}")
		v, known := p.defined[name]
		if p.filled += len(v); !ok || !closed || p.filled > maxFilled {
			return b.String() + s
		}
		b.WriteString(before)
		p.s.check("variable-defined", known, p.at(line), "{$%s} is not defined before; add #EXT-X-DEFINE:NAME=%q,VALUE=…", name, name)
		b.WriteString(v)
		s = after
	}
}

// number reads a decimal integer, which is below 2⁶³ here as no player takes more.
func (p *parser) number(it item) int64 {
	n, err := strconv.ParseInt(it.value, 10, 64)
	ok := err == nil && integer.MatchString(it.value)
	p.s.check("tag-value", ok, p.at(it.line), "#%s:%s is no whole number", it.name, it.value)
	if !ok {
		return 0
	}
	return n
}

func (p *parser) need(version int, feature string) {
	if p.features[version] == "" {
		p.features[version] = feature
	}
}

func (p *parser) tag(it item) {
	if !knownTags[it.name].attrs {
		it.value = p.fill(it.value, it.line)
		p.simple(it)
		return
	}
	a := p.attributes(it)
	switch it.name {
	case "EXT-X-DEFINE":
		p.need(8, "EXT-X-DEFINE")
		if v, ok := a.get("QUERYPARAM"); ok {
			p.need(11, "QUERYPARAM")
			if u, err := url.Parse(p.url); err == nil && u.Query().Has(v) {
				p.defined[v] = u.Query().Get(v)
			}
		} else if v, ok := a.get("IMPORT"); ok {
			if x, ok := p.parent[v]; ok {
				p.defined[v] = x
			}
		} else {
			p.defined[a.text("NAME")] = a.text("VALUE")
		}
	case "EXT-X-KEY", "EXT-X-SESSION-KEY":
		m := a.text("METHOD")
		p.s.check("key-form", m != "" && (m == "NONE") == (a.text("URI") == ""), p.at(it.line), "METHOD=%s, URI=%q; a METHOD is needed, and a URI with any METHOD but NONE", m, a.text("URI"))
		if _, ok := a.get("IV"); ok {
			p.need(2, "IV of EXT-X-KEY")
		}
		if strings.HasPrefix(m, "SAMPLE-AES") || a.text("KEYFORMAT")+a.text("KEYFORMATVERSIONS") != "" {
			p.need(5, "SAMPLE-AES or KEYFORMAT of EXT-X-KEY")
		}
		if it.name == "EXT-X-KEY" {
			p.method = strings.TrimSuffix(m, "NONE")
		}
	case "EXT-X-MAP":
		ref, ok := a.get("URI")
		p.init = &initRef{line: it.line}
		if v, has := a.get("BYTERANGE"); has {
			r, explicit := parseSpan(v)
			ok = ok && r != nil && explicit
			p.init.span = r
		}
		p.s.check("map-uri", ok, p.at(it.line), `#EXT-X-MAP:%s; it should be URI="…", and BYTERANGE="n@o" for a part of it`, it.value)
		if ref != "" {
			p.init.url = p.resolve(ref, it.line)
		}
		p.need(5, "EXT-X-MAP")
	case "EXT-X-SKIP":
		p.need(9, "EXT-X-SKIP")
		p.skipped, _ = strconv.ParseInt(a.text("SKIPPED-SEGMENTS"), 10, 32)
	case "EXT-X-MEDIA":
		r := rendition{kind: a.text("TYPE"), group: a.text("GROUP-ID"), name: a.text("NAME"), line: it.line, attrs: a}
		if ref, ok := a.get("URI"); ok {
			r.url = p.resolve(ref, it.line)
		}
		if strings.HasPrefix(a.text("INSTREAM-ID"), "SERVICE") {
			p.need(7, "SERVICE of INSTREAM-ID")
		}
		p.renditions = append(p.renditions, r)
	case "EXT-X-STREAM-INF", "EXT-X-I-FRAME-STREAM-INF":
		v := variant{line: it.line, attrs: a, frames: it.name != "EXT-X-STREAM-INF", audio: a.text("AUDIO"), video: a.text("VIDEO"), sub: a.text("SUBTITLES")}
		v.bandwidth, _ = strconv.ParseInt(a.text("BANDWIDTH"), 10, 64)
		v.avg, _ = strconv.ParseInt(a.text("AVERAGE-BANDWIDTH"), 10, 64)
		for c := range strings.SplitSeq(a.text("CODECS"), ",") {
			if c = strings.TrimSpace(c); c != "" {
				v.codecs = append(v.codecs, c)
			}
		}
		for name := range strings.SplitSeq("REQ-VIDEO-LAYOUT", ",") {
			if _, ok := a.get(name); ok {
				p.need(12, name)
			}
		}
		p.lost()
		if v.frames {
			v.url = p.resolve(a.text("URI"), it.line)
			p.variants = append(p.variants, v)
		} else {
			p.inf = &v
		}
	}
}

// lost reports an EXT-X-STREAM-INF that no URI followed.
func (p *parser) lost() {
	if p.inf == nil {
		return
	}
	p.s.fault("variants-listed", p.at(p.inf.line), "no URI follows the tag; write the media playlist's in the next line")
	p.variants = append(p.variants, *p.inf)
	p.inf = nil
}

// simple takes the tags whose value is no attribute list.
func (p *parser) simple(it item) {
	switch it.name {
	case "EXT-X-VERSION":
		p.version = int(min(p.number(it), 1000))
	case "EXT-X-INDEPENDENT-SEGMENTS":
		p.independent = true
	case "EXT-X-TARGETDURATION":
		p.target = int(min(p.number(it), math.MaxInt32))
	case "EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE":
		n := p.number(it)
		if it.name == "EXT-X-MEDIA-SEQUENCE" {
			p.sequence = n
		} else {
			p.discSeq = true
		}
		p.s.check("sequence-first", len(p.segments) == 0 && (it.name == "EXT-X-MEDIA-SEQUENCE" || !p.next.disc), p.at(it.line), "#%s stands behind a segment or a discontinuity; write it at the top", it.name)
	case "EXT-X-ENDLIST":
		p.end = true
	case "EXT-X-I-FRAMES-ONLY":
		p.iframes = true
		p.need(4, "EXT-X-I-FRAMES-ONLY")
	case "EXT-X-PLAYLIST-TYPE":
		p.kind = it.value
		p.s.check("tag-value", it.value == "VOD" || it.value == "EVENT", p.at(it.line), "#EXT-X-PLAYLIST-TYPE:%s; it is VOD or EVENT", it.value)
	case "EXTINF":
		d, _, comma := strings.Cut(it.value, ",")
		seconds, err := strconv.ParseFloat(d, 64)
		ok := err == nil && decimal.MatchString(d) && seconds < 1e9
		p.s.check("extinf-form", ok && comma, p.at(it.line), "#EXTINF:%s; it should be #EXTINF:5.99075,", it.value)
		p.s.check("extinf", p.next.extinf == 0, p.at(it.line), "a second #EXTINF before a URI, the first is in line %d; each segment has one and a URI", p.next.extinf)
		p.next.extinf = it.line
		if ok {
			p.next.seconds = seconds
			_, frac, point := strings.Cut(d, ".")
			if p.next.decimals = len(frac); point {
				p.need(3, "EXTINF with decimals")
			}
		}
	case "EXT-X-BYTERANGE":
		r, explicit := parseSpan(it.value)
		p.need(4, "EXT-X-BYTERANGE")
		p.s.check("byterange-form", r != nil, p.at(it.line), "#EXT-X-BYTERANGE:%s; it should be LENGTH@OFFSET", it.value)
		if p.next.span = r; r != nil && !explicit {
			r.off = -1
		}
	case "EXT-X-DISCONTINUITY":
		p.next.disc = true
	case "EXT-X-GAP":
		p.next.gap = true
	case "EXT-X-BITRATE":
		p.rate, p.rline = p.number(it), it.line
	case "EXT-X-PROGRAM-DATE-TIME":
		p.dated = true
		p.s.check("date-form", isDate(it.value), p.at(it.line), "#EXT-X-PROGRAM-DATE-TIME:%s; it should be such as 2026-01-02T03:04:05.678Z", it.value)
	}
}

func isDate(s string) bool {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999Z07"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// parseSpan reads n[@o]; nil when it is none. A span that reaches 2⁶² ends nowhere.
func parseSpan(s string) (r *span, explicit bool) {
	n, o, explicit := strings.Cut(s, "@")
	if !integer.MatchString(n) || explicit && !integer.MatchString(o) {
		return nil, explicit
	}
	r = &span{}
	var err1, err2 error
	r.n, err1 = strconv.ParseInt(n, 10, 62)
	if explicit {
		r.off, err2 = strconv.ParseInt(o, 10, 62)
	}
	if err1 != nil || err2 != nil || r.n == 0 {
		return nil, explicit
	}
	return r, explicit
}

func (p *parser) uri(it item) {
	ref := p.fill(it.value, it.line)
	if p.multivariant {
		p.s.check("variants-listed", p.inf != nil, p.at(it.line), "a URI without #EXT-X-STREAM-INF in the line before")
		if p.inf != nil {
			p.inf.url = p.resolve(ref, it.line)
			p.variants = append(p.variants, *p.inf)
			p.inf = nil
		}
		return
	}
	g := p.next
	p.next = segment{}
	g.line, g.init, g.encrypted, g.bitrate, g.rateLine = it.line, p.init, p.method, p.rate, p.rline
	g.url = p.resolve(ref, it.line)
	p.s.check("extinf", g.extinf != 0, p.at(it.line), "a segment without #EXTINF; write its duration in the line before")
	if g.span != nil && g.span.off < 0 {
		ok := p.ranged != nil && p.ranged.span != nil && p.ranged.url == g.url
		p.s.check("byterange-form", ok, p.at(it.line), "a byte range without offset, and the segment before is no range of the same address; write LENGTH@OFFSET")
		if g.span.off = 0; ok {
			g.span.off = p.ranged.span.off + p.ranged.span.n
		}
	}
	p.segments = append(p.segments, g)
	p.ranged = &p.segments[len(p.segments)-1]
}

// finish looks at what can be said only of the whole text.
func (p *parser) finish(items []item) {
	last := 0
	if len(items) > 0 {
		last = items[len(items)-1].line
	}
	if p.multivariant {
		p.lost()
		p.s.check("variants-listed", len(p.variants) > 0, p.at(0), "no variant stream; add an #EXT-X-STREAM-INF and its URI")
	} else {
		p.s.check("extinf", p.next.extinf == 0, p.at(last), "an #EXTINF in line %d without a URI behind it", p.next.extinf)
	}
	if p.features[5] == "EXT-X-MAP" && !p.iframes {
		p.need(6, "EXT-X-MAP")
	}
	v, feature := 1, ""
	for n, f := range p.features {
		if n > v {
			v, feature = n, f
		}
	}
	if feature != "" {
		p.s.check("version", max(p.version, 1) >= v, p.at(0), "EXT-X-VERSION is %d, %s needs %d; write #EXT-X-VERSION:%d", max(p.version, 1), feature, v, v)
	}
}
