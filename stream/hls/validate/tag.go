package validate

import (
	"regexp"
	"strconv"
	"strings"
)

type attribute struct {
	name, value string
	quoted      bool
}

type attributes []attribute

func (a attributes) get(name string) (string, bool) {
	for _, x := range a {
		if x.name == name {
			return x.value, true
		}
	}
	return "", false
}

func (a attributes) text(name string) string { v, _ := a.get(name); return v }

type group int

const (
	either group = iota
	mediaGroup
	segmentGroup
	multiGroup
)

// knownTags are those of bis 4.4. Once says that a tag is about the playlist and
// stands in it once.
var knownTags = map[string]struct {
	group       group
	once, attrs bool
}{
	"EXTM3U": {once: true}, "EXT-X-VERSION": {once: true}, "EXT-X-INDEPENDENT-SEGMENTS": {once: true},
	"EXT-X-START": {once: true, attrs: true}, "EXT-X-DEFINE": {attrs: true},
	"EXT-X-TARGETDURATION": {mediaGroup, true, false}, "EXT-X-MEDIA-SEQUENCE": {mediaGroup, true, false},
	"EXT-X-DISCONTINUITY-SEQUENCE": {mediaGroup, true, false}, "EXT-X-ENDLIST": {mediaGroup, true, false},
	"EXT-X-PLAYLIST-TYPE": {mediaGroup, true, false}, "EXT-X-I-FRAMES-ONLY": {mediaGroup, true, false},
	"EXT-X-PART-INF": {mediaGroup, true, true}, "EXT-X-SERVER-CONTROL": {mediaGroup, true, true},
	"EXT-X-ALLOW-CACHE": {group: mediaGroup}, // of drafts before RFC 8216
	"EXTINF":            {group: segmentGroup}, "EXT-X-BYTERANGE": {group: segmentGroup}, "EXT-X-DISCONTINUITY": {group: segmentGroup},
	"EXT-X-KEY": {segmentGroup, false, true}, "EXT-X-MAP": {segmentGroup, false, true},
	"EXT-X-PROGRAM-DATE-TIME": {group: segmentGroup}, "EXT-X-GAP": {group: segmentGroup}, "EXT-X-BITRATE": {group: segmentGroup},
	"EXT-X-PART": {segmentGroup, false, true}, "EXT-X-DATERANGE": {mediaGroup, false, true}, "EXT-X-SKIP": {mediaGroup, true, true},
	"EXT-X-PRELOAD-HINT": {mediaGroup, false, true}, "EXT-X-RENDITION-REPORT": {mediaGroup, false, true},
	"EXT-X-MEDIA": {multiGroup, false, true}, "EXT-X-STREAM-INF": {multiGroup, false, true},
	"EXT-X-I-FRAME-STREAM-INF": {multiGroup, false, true}, "EXT-X-SESSION-DATA": {multiGroup, false, true},
	"EXT-X-SESSION-KEY": {multiGroup, false, true}, "EXT-X-CONTENT-STEERING": {multiGroup, true, true},
}

var (
	yesNo   = regexp.MustCompile(`^(YES|NO)$`)
	integer = regexp.MustCompile(`^[0-9]{1,20}$`)
	decimal = regexp.MustCompile(`^[0-9]+(\.[0-9]*)?$`)
	signed  = regexp.MustCompile(`^-?[0-9]+(\.[0-9]*)?$`)
	word    = regexp.MustCompile(`^[^", \t]+$`)
)

// attributeForms are the types of bis 4.2 by attribute; nil is a quoted string.
var attributeForms = map[string]*regexp.Regexp{
	"URI": nil, "GROUP-ID": nil, "LANGUAGE": nil, "ASSOC-LANGUAGE": nil, "NAME": nil, "CODECS": nil, "SUPPLEMENTAL-CODECS": nil,
	"AUDIO": nil, "VIDEO": nil, "SUBTITLES": nil, "CHARACTERISTICS": nil, "CHANNELS": nil, "KEYFORMAT": nil, "KEYFORMATVERSIONS": nil,
	"INSTREAM-ID": nil, "DATA-ID": nil, "VALUE": nil, "STABLE-VARIANT-ID": nil, "STABLE-RENDITION-ID": nil, "PATHWAY-ID": nil,
	"SERVER-URI": nil, "BYTERANGE": nil, "ID": nil, "CLASS": nil, "START-DATE": nil, "END-DATE": nil,
	"BANDWIDTH": integer, "AVERAGE-BANDWIDTH": integer, "FRAME-RATE": decimal, "SCORE": decimal,
	"RESOLUTION": regexp.MustCompile(`^[0-9]+x[0-9]+$`), "DEFAULT": yesNo, "AUTOSELECT": yesNo, "FORCED": yesNo, "PRECISE": yesNo,
	"INDEPENDENT": yesNo, "GAP": yesNo, "CAN-BLOCK-RELOAD": yesNo, "IV": regexp.MustCompile(`^0[xX][0-9A-Fa-f]{32}$`),
	"TIME-OFFSET": signed, "PART-TARGET": decimal, "PART-HOLD-BACK": decimal, "HOLD-BACK": decimal, "DURATION": decimal,
	"CAN-SKIP-UNTIL": decimal, "SKIPPED-SEGMENTS": integer, "METHOD": word,
	"VIDEO-RANGE": regexp.MustCompile(`^(SDR|HLG|PQ)$`), "HDCP-LEVEL": word,
	"TYPE": regexp.MustCompile(`^(AUDIO|VIDEO|SUBTITLES|CLOSED-CAPTIONS|PART|MAP)$`),
}

func (p *parser) attributes(it item) attributes {
	var list attributes
	s := it.value
	fault := ""
	seen := map[string]bool{}
	for s != "" {
		if t := strings.TrimLeft(s, " \t"); t != s {
			fault, s = "has a space between attributes; leave it out", t
		}
		name, rest, ok := strings.Cut(s, "=")
		if !ok || name == "" || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
			fault = "has " + strconv.Quote(s[:min(len(s), 40)]) + " where NAME=VALUE should be"
			_, s, _ = strings.Cut(s, ",")
			continue
		}
		a := attribute{name: name}
		if strings.HasPrefix(rest, `"`) {
			a.quoted = true
			if a.value, s, ok = strings.Cut(rest[1:], `"`); !ok {
				fault = name + " has no closing quote"
			}
			if s != "" && s[0] != ',' {
				fault = name + " is followed by " + strconv.Quote(s[:min(len(s), 20)]) + "; a comma should be there"
			}
			_, s, ok = strings.Cut(s, ",")
		} else {
			a.value, s, ok = strings.Cut(rest, ",")
		}
		if ok && s == "" {
			fault = "ends with a comma; leave it out"
		}
		if seen[name] {
			fault = "has " + name + " twice; leave one"
			continue
		}
		seen[name] = true
		form, known := attributeForms[name]
		switch {
		case !known || it.name == "EXT-X-DATERANGE" && strings.HasPrefix(name, "X-"), it.name == "EXT-X-DEFINE":
		case form == nil && !a.quoted:
			fault = name + "=" + a.value + " lacks its quotes"
		case form != nil && a.quoted:
			fault = name + " is in quotes; it takes none"
		case form != nil && !form.MatchString(a.value):
			fault = name + "=" + a.value + " is no value of its type (" + form.String() + ")"
		}
		a.value = p.fill(a.value, it.line)
		list = append(list, a)
	}
	p.s.check("attribute-list", fault == "", p.at(it.line), "#%s %s", it.name, fault)
	return list
}
