package validate

// Severity is what a broken rule means.
type Severity string

// Must rules are those that a player may refuse the stream for; a stream that
// breaks a Should rule plays, but worse than it could or not everywhere.
const (
	Must   Severity = "must"
	Should Severity = "should"
)

// Rule is one thing that a stream is held against.
type Rule struct {
	ID       string   `json:"id"`
	Source   string   `json:"source"` // "bis 4.4.3.1", "AA 9.14": see the package
	Severity Severity `json:"severity"`
	Text     string   `json:"text"` // what holds in a good stream
}

// rules are all of them, in the order of the report.
var rules = []Rule{
	// The text of a playlist.
	{"utf8", "bis 4.1", Must, "a playlist is UTF-8"},
	{"bom", "bis 4.1", Must, "a playlist has no byte order mark"},
	{"control-characters", "bis 4.1", Must, "a playlist has no control characters but line ends"},
	{"extm3u-first", "bis 4.4.1.1", Must, "#EXTM3U is the first line"},
	{"kind", "bis 4.1", Must, "a playlist is either a multivariant or a media playlist"},
	{"tag-known", "bis 4.1", Should, "tags are those of the specification, spelt as there"},
	{"tag-once", "bis 4.4.1.2, 4.4.2, 4.4.3", Must, "a tag about the whole playlist stands once"},
	{"tag-value", "bis 4.4", Must, "tags have values of their type"},
	{"attribute-list", "bis 4.2", Must, "attribute lists are NAME=VALUE, separated by commas, each name once, each value of its type"},
	{"variable-defined", "bis 4.3, 4.4.2.3", Must, "variables are defined before they are used"},
	{"uri", "bis 4.1", Must, "addresses are URIs"},
	{"version", "bis 8", Must, "EXT-X-VERSION is as high as the features used"},

	// Media playlists.
	{"targetduration", "bis 4.4.3.1", Must, "a media playlist has EXT-X-TARGETDURATION"},
	{"targetduration-covers", "bis 4.4.3.1", Must, "no EXTINF, rounded to whole seconds, is greater than the target duration"},
	{"sequence-first", "bis 4.4.3.2, 4.4.3.3", Must, "EXT-X-MEDIA-SEQUENCE and EXT-X-DISCONTINUITY-SEQUENCE stand before the first segment"},
	{"vod-endlist", "bis 4.4.3.5", Must, "a playlist of type VOD has EXT-X-ENDLIST, as it cannot change"},
	{"playlist-type", "AA 8.6", Should, "a finished playlist has EXT-X-PLAYLIST-TYPE"},
	{"segments-listed", "bis 4.1", Should, "a media playlist lists segments"},
	{"extinf", "bis 4.4.4.1", Must, "EXTINF stands before each segment"},
	{"extinf-form", "bis 4.4.4.1", Must, "EXTINF is a decimal number, then a comma"},
	{"extinf-decimals", "AA 8.1", Should, "EXTINF has three decimals or more unless fewer are exact"},
	{"segment-zero", "bis 4.4.4.1", Must, "no segment has a duration of zero"},
	{"segment-short", "AA 7.6", Should, "no segment is shorter than half a second, the last neither"},
	{"target-six", "AA 7.5", Should, "the target duration is 6 s"},
	{"segment-six", "AA 7.6", Should, "segments but the last are about 6 s (5 to 7)"},
	{"byterange-form", "bis 4.4.4.2", Must, "EXT-X-BYTERANGE is n@o, or n after a range of the same address"},
	{"map-uri", "bis 4.4.4.5", Must, "EXT-X-MAP has a URI, and its BYTERANGE is n@o"},
	{"map-needed", "bis 3.1.2, AA 8.20", Must, "fMP4 segments have an EXT-X-MAP"},
	{"key-form", "bis 4.4.4.4", Must, "EXT-X-KEY has a METHOD, and a URI unless that is NONE"},
	{"date-form", "bis 4.4.4.6", Must, "EXT-X-PROGRAM-DATE-TIME is an ISO 8601 date with time and zone"},
	{"bitrate-tag", "bis 4.4.4.8", Must, "EXT-X-BITRATE is within 90 to 110 % of the segment's bit rate"},
	{"discontinuity", "bis 4.4.4.3, AA 8.13", Must, "EXT-X-DISCONTINUITY stands where format, tracks or encoding change"},
	{"independent-tag", "AA 9.11, 8.23", Should, "EXT-X-INDEPENDENT-SEGMENTS stands where every segment can be decoded alone"},
	{"independent-true", "bis 4.4.2.1, AA 7.4", Must, "segments begin with a sample that can be decoded first"},

	// Multivariant playlists.
	{"variants-listed", "bis 4.4.6.2", Must, "a multivariant playlist has an EXT-X-STREAM-INF with a URI on the next line"},
	{"bandwidth", "bis 4.4.6.2", Must, "EXT-X-STREAM-INF has BANDWIDTH"},
	{"bandwidth-covers", "bis 4.4.6.2, AA 9.13", Must, "BANDWIDTH is not below the measured peak by more than 10 % (live: 25 %)"},
	{"bandwidth-close", "AA 1.27", Should, "BANDWIDTH is not above the measured peak by more than 10 %"},
	{"average-bandwidth", "AA 9.14", Must, "EXT-X-STREAM-INF has AVERAGE-BANDWIDTH"},
	{"average-bandwidth-true", "AA 1.26", Must, "AVERAGE-BANDWIDTH is within 10 % of what was measured"},
	{"codecs", "AA 9.1, 9.3", Must, "EXT-X-STREAM-INF has CODECS"},
	{"codecs-spelling", "bis 4.4.6.2, RFC 6381 3.3", Must, "CODECS are spelt as they are registered"},
	{"codecs-true", "bis 4.4.6.2", Must, "CODECS names every codec of the segments"},
	{"resolution", "AA 9.2, 9.4", Must, "a variant with video has RESOLUTION"},
	{"frame-rate", "AA 9.15", Must, "a variant with video has FRAME-RATE"},
	{"cellular", "AA 9.21", Should, "one variant has a BANDWIDTH of 192 kbit/s or less"},
	{"media-attributes", "bis 4.4.6.1", Must, "EXT-X-MEDIA has TYPE, GROUP-ID and NAME"},
	{"media-uri", "bis 4.4.6.1", Must, "subtitles have a URI, closed captions an INSTREAM-ID and no URI"},
	{"media-name", "bis 4.4.6.1.1", Must, "the NAMEs of one group differ"},
	{"media-default", "bis 4.4.6.1, 4.4.6.1.1", Must, "one rendition of a group at most is DEFAULT, and then not AUTOSELECT=NO"},
	{"media-language", "AA 8.10", Must, "EXT-X-MEDIA has a LANGUAGE, unless it is video"},
	{"group", "bis 4.4.6.2", Must, "the groups that a variant names exist"},
	{"same-target", "AA 8.2", Must, "audio and video playlists have the same target duration"},
	{"same-duration", "AA 8.3, 8.7", Must, "audio and video playlists are equally long (within 0.1 s)"},
	{"same-discontinuities", "AA 8.15", Must, "discontinuities stand at the same times in all playlists (within 0.1 s)"},
	{"same-boundaries", "AA 8.22", Should, "segments begin at the same times in all playlists (within 0.1 s)"},

	// Media.
	{"media-reachable", "bis 6.2.1", Must, "segments and init sections are answered, whole"},
	{"media-redirect", "AA 8.18", Must, "no request for media is redirected"},
	{"byterange-answer", "bis 4.4.4.2, RFC 9110 14", Must, "a byte range is answered with its bytes"},
	{"format", "bis 3.1", Must, "segments are fMP4, MPEG-TS, packed AAC, MP3, AC-3 or E-AC-3, or WebVTT"},
	{"one-audio", "AA 2.17", Must, "a segment has one audio stream at most"},
	{"extinf-true", "bis 4.4.4.1, AA 8.1", Must, "EXTINF is the duration of the segment, within one frame"},
	{"extinf-sum", "AA 8.1", Must, "the EXTINFs of any neighbours add up to their duration, within one frame"},
	{"fmp4-boxes", "bis 3.1.2", Must, "init sections and segments are whole boxes: ftyp and moov; moof and mdat"},
	{"fmp4-brand", "bis 3.1.2", Must, "ftyp has a brand as good as iso6"},
	{"fmp4-mvex", "bis 3.1.2", Must, "moov has an mvex, behind its last track"},
	{"fmp4-no-samples", "bis 3.1.2", Must, "the sample tables of moov are empty"},
	{"fmp4-no-duration", "bis 3.1.2", Must, "the durations of mvhd and tkhd are 0"},
	{"fmp4-track-id", "bis 3.1.2", Must, "moov has a track for each traf"},
	{"fmp4-tfdt", "bis 3.1.2", Must, "each traf has a tfdt"},
	{"fmp4-addressing", "bis 3.1.2", Must, "traf addresses are relative to moof"},
	{"fmp4-data", "ISO/IEC 14496-12 8.8.8", Must, "samples stand inside the mdat of their segment"},
	{"fmp4-continuous", "AA 7.1, 7.3", Must, "tfdt is where the fragment before it ended, unless EXT-X-DISCONTINUITY"},
	{"fmp4-one-track", "ISO/IEC 23000-19 7.3", Should, "an fMP4 stream has one track"},
	{"fmp4-one-trun", "ISO/IEC 23000-19 7.5", Should, "a traf has one trun"},
	{"fmp4-edit", "ISO/IEC 23000-19 7.5", Should, "an edit list has one entry, of rate 1, that only skips"},
	{"fmp4-roll", "QuickTime File Format, appendix G", Should, "AAC and Opus have a 'roll' sample group"},
	{"entry-config", "bis 3.1.2", Must, "the sample entry has its codec's configuration, whole"},
	{"entry-rate", "ISO/IEC 14496-12 12.2.3, FLAC in ISOBMFF 3.3.1", Must, "the sample entry states the codec's sample rate; of FLAC over 65535 Hz, a divisor"},
	{"entry-timescale", "ISO/IEC 14496-12 8.4.2", Should, "the timescale of sound is its sample rate"},
	{"explicit-sbr", "AA 2.24", Must, "HE-AAC in fMP4 signals SBR explicitly"},
	{"packed-timestamp", "bis 3.1.3", Must, "packed audio begins with an ID3 PRIV timestamp of 33 bits"},
	{"packed-continuous", "bis 3.1.3, AA 7.1", Must, "packed timestamps go on where the segment before ended (within 1 ms)"},
	{"packed-frames", "bis 3.1.3", Must, "packed audio is whole frames, one behind the other"},
	{"packed-sound", "bis 3.1.3", Should, "no frame of packed audio is an encoder's Xing, Info or VBRI header"},
	{"ts-packets", "bis 3.1.1", Must, "MPEG-TS is packets of 188 bytes that begin with 0x47"},
	{"ts-tables", "bis 3.1.1", Must, "each MPEG-TS segment has a PAT and a PMT before its media"},
	{"ts-counters", "AA 7.2", Must, "continuity counters are sequential"},
	{"ts-timestamps", "AA 7.2", Must, "PES packets have timestamps, which go on from segment to segment"},

	// Delivery.
	{"playlist-reachable", "bis 6.2.1", Must, "media playlists are answered"},
	{"playlist-named", "bis 4", Must, "a playlist is known by .m3u8 or by its Content-Type"},
	{"playlist-type-header", "AA 10.4", Should, "playlists are application/vnd.apple.mpegurl"},
	{"playlist-gzip", "AA 10.1 (MUST there)", Should, "playlists are sent with gzip"},
	{"media-type-header", "AA 10.4", Should, "media is sent with its Content-Type"},
	{"cache-control", "RFC 9111 5.2", Should, "answers have Cache-Control"},
	{"cors", "Fetch standard 3.2", Should, "answers let pages of other origins read them"},
	{"etag", "RFC 9110 8.8", Should, "media has an ETag or Last-Modified that stays the same"},
	{"range", "RFC 9110 14.2", Should, "a range request for media is answered with its bytes"},
	{"head", "RFC 9110 9.3.2", Should, "HEAD answers the header fields of GET"},
	{"tls", "AA 11.1 to 11.3", Should, "everything is sent over TLS"},

	// Live playlists.
	{"live-sequence", "bis 6.2.2", Must, "EXT-X-MEDIA-SEQUENCE never goes back, and moves with the segments that leave"},
	{"live-uris", "bis 6.2.2", Must, "a segment keeps its address while it is listed"},
	{"live-target", "bis 4.4.3.1", Must, "the target duration does not change"},
	{"live-event", "bis 4.4.3.5", Must, "no segment leaves a playlist of type EVENT"},
	{"live-six", "AA 8.11", Must, "a live playlist lists six segments or more"},
	{"live-date", "AA 8.4", Must, "a live playlist has EXT-X-PROGRAM-DATE-TIME"},
	{"discontinuity-sequence", "AA 8.17", Must, "a live playlist with discontinuities has EXT-X-DISCONTINUITY-SEQUENCE"},
}
