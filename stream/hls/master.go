package hls

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/grafov/m3u8"
)

// master writes the multivariant playlist (RFC 8216 4.3.4): one variant, whose
// sound is a rendition of its own when there are pictures.
func (m *Media) master(window string) (*Text, error) {
	return masterOf(m.Renditions, window)
}

func masterOf(renditions []*Rendition, window string) (*Text, error) {
	p := m3u8.NewMasterPlaylist()
	p.SetVersion(7)
	p.SetIndependentSegments(true)
	lead := renditions[0]
	params := m3u8.VariantParams{}
	var bandwidth, average int64
	var codecs []string
	for _, r := range renditions {
		bandwidth += r.Bandwidth
		average += r.Average
		codecs = append(codecs, r.codecs()...)
	}
	const most = 1<<32 - 1
	params.Bandwidth, params.AverageBandwidth = uint32(min(bandwidth, most)), uint32(min(average, most))
	params.Codecs = strings.Join(codecs, ",")
	channels := ""
	if run := lead.parts[0].run; lead.Kind == "video" {
		params.Resolution = fmt.Sprintf("%dx%d", run.Width, run.Height)
		params.FrameRate = float64(run.Frames) * float64(run.Rate) / float64(max(run.Duration, 1))
		if len(renditions) > 1 {
			sound := renditions[1]
			params.Audio = "audio"
			params.Alternatives = []*m3u8.Alternative{{
				Type: "AUDIO", GroupId: "audio", Name: "Audio", Default: true, Autoselect: "YES", Language: "und",
				URI: window + sound.Name + "/index.m3u8",
			}}
			channels = strconv.Itoa(sound.parts[0].run.Channels)
		}
	}
	p.Append(window+lead.Name+"/index.m3u8", nil, params)
	body := bytes.Clone(p.Encode().Bytes())
	// The writer knows the protocol of 2015: PROGRAM-ID is gone since version 6,
	// and CHANNELS has come.
	body = bytes.ReplaceAll(body, []byte("PROGRAM-ID=0,"), nil)
	if channels != "" {
		body = bytes.Replace(body, []byte("AUTOSELECT=YES,"), []byte(`AUTOSELECT=YES,CHANNELS="`+channels+`",`), 1)
	}
	return newText(body), nil
}

// codecs are the CODECS of all parts, each once.
func (r *Rendition) codecs() []string {
	var list []string
	for i := range r.parts {
		c := r.parts[i].run.Codecs
		known := false
		for _, have := range list {
			known = known || have == c
		}
		if !known {
			list = append(list, c)
		}
	}
	return list
}
