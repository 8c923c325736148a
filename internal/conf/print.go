package conf

import (
	"bytes"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Print writes the settings in v as YAML. Of secrets it tells "(set)" or "(not set)".
func Print(w io.Writer, v any) error {
	p := printer{}
	p.section(build(copyOf(v), ""), "")
	return p.flush(w)
}

// Example writes a complete file that says what defaults says, with the doc of
// each key above it. Secrets are named in comments, beside the settings that name
// their files.
func Example(w io.Writer, defaults any) error {
	p := printer{docs: true}
	p.section(build(copyOf(defaults), ""), "")
	return p.flush(w)
}

type printer struct {
	buf  bytes.Buffer
	docs bool
	err  error
}

func (p *printer) flush(w io.Writer) error {
	if p.err != nil {
		return p.err
	}
	_, err := p.buf.WriteTo(w)
	return err
}

func (p *printer) line(parts ...string) {
	for _, s := range parts {
		p.buf.WriteString(s)
	}
	p.buf.WriteByte('\n')
}

func (p *printer) section(n *node, indent string) {
	for i, c := range n.children {
		// Space around what has comments, but not at the start of a section.
		if p.docs && i > 0 && (c.section || indent == "") {
			p.line()
		}
		switch {
		case p.docs:
			p.example(c, indent)
		case c.section:
			p.line(indent, c.name, ":")
			p.section(c, indent+"  ")
		case c.holds != nil: // has no field whose value could be shown
		case c.secret && c.value.Len() > 0:
			p.line(indent, c.name, ": (set)")
		case c.secret:
			p.line(indent, c.name, ": (not set)")
		default:
			p.setting(c, indent)
		}
	}
}

func (p *printer) example(c *node, indent string) {
	switch {
	case c.section:
		p.comment(c.doc, indent)
		p.line(indent, c.name, ":")
		p.section(c, indent+"  ")
	case c.secret:
		p.comment(c.name+": "+strings.TrimSuffix(c.doc, ".")+". A secret, never in this file; "+c.secretPlaces()+".", indent)
		if c.file.holds == nil { // the next comment is about something else
			p.line()
		}
	case c.holds != nil: // follows the comment on its secret
		p.setting(c, indent)
	default:
		p.comment(c.doc, indent)
		p.setting(c, indent)
	}
}

// comment breaks doc into lines of some 90 columns.
func (p *printer) comment(doc, indent string) {
	const width = 90
	for paragraph := range strings.SplitSeq(doc, "\n") {
		line := indent + "#"
		for _, word := range strings.Fields(paragraph) {
			if len(line)+1+len(word) > width && line != indent+"#" {
				p.line(line)
				line = indent + "#"
			}
			line += " " + word
		}
		if line != indent+"#" {
			p.line(line)
		}
	}
}

func (p *printer) setting(n *node, indent string) {
	v := n.value
	switch {
	case isScalar(v.Type()):
		p.line(indent, n.name, ": ", p.scalar(v))
	case v.Len() == 0 && v.Kind() == reflect.Slice:
		p.line(indent, n.name, ": []")
	case v.Len() == 0:
		p.line(indent, n.name, ": {}")
	case v.Kind() == reflect.Slice:
		p.line(indent, n.name, ":")
		for i := range v.Len() {
			p.line(indent, "  - ", p.scalar(v.Index(i)))
		}
	default:
		p.line(indent, n.name, ":")
		for _, name := range mapNames(v) {
			p.line(indent, "  ", p.quoted(name), ": ", p.scalar(mapValue(v, name)))
		}
	}
}

func (p *printer) scalar(v reflect.Value) string {
	text := formatScalar(v)
	if v.Kind() == reflect.String || isText(v.Type()) && v.Type() != sizeType {
		return p.quoted(text)
	}
	return text
}

// quoted leaves the question of which texts need quotes to the library.
func (p *printer) quoted(s string) string {
	n := yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		n.Style = yaml.DoubleQuotedStyle
	}
	text, err := yaml.Marshal(&n)
	if err != nil {
		p.err = err
	}
	return strings.TrimSuffix(string(text), "\n")
}
