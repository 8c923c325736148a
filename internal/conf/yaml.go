package conf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The document is read as nodes, not into the struct, for nodes know their lines.

// loadYAML reports whether data is YAML at all; single mistakes in it do not count.
func (l *loader) loadYAML(file string, data []byte) bool {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	err := dec.Decode(&doc)
	if err == nil {
		err = dec.Decode(&more)
	}
	switch {
	case err == nil:
		l.mistake(at(file, &more), "", "a second document begins; settings are one")
		return false
	case !errors.Is(err, io.EOF):
		l.syntaxError(file, data, err)
		return false
	case len(doc.Content) == 0:
		return true
	}
	y := yamlFile{l, file}
	y.section(l.root, doc.Content[0])
	return true
}

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (l *loader) syntaxError(file string, data []byte, err error) {
	// The parser says of tabs that they "cannot start any token", or nothing, or blames another line.
	line := 0
	for text := range bytes.Lines(data) {
		line++
		indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
		if bytes.ContainsRune(indent, '\t') && len(bytes.TrimSpace(text)) > 0 {
			l.mistake(fmt.Sprintf("%s:%d", file, line), "", "a tab in the indentation; YAML takes only spaces")
			return
		}
	}
	where, msg := file, err.Error()
	if m := yamlError.FindStringSubmatch(msg); m != nil {
		msg = strings.TrimPrefix(msg, m[0])
		if m[1] != "" {
			where += ":" + m[1]
		}
	}
	l.mistake(where, "", "not YAML: %s", msg)
}

func at(file string, y *yaml.Node) string { return file + ":" + strconv.Itoa(y.Line) }

type yamlFile struct {
	*loader
	name string
}

func (f yamlFile) at(y *yaml.Node) string { return at(f.name, y) }

// section reads a mapping into n.
func (f yamlFile) section(n *node, y *yaml.Node) {
	y = target(y)
	switch {
	case isNull(y): // all its settings are commented out
		return
	case y.Kind != yaml.MappingNode && n == f.root:
		f.mistake(f.at(y), "", "%s, where the settings should begin as key: value", describe(y))
		return
	case y.Kind != yaml.MappingNode:
		f.mistake(f.at(y), n.key, "is a group of settings (%s), not %s", strings.Join(n.childKeys(), ", "), describe(y))
		return
	}
	for name, entry := range f.entries(n.key, y) {
		key := join(n.key, name)
		c := n.child(name)
		switch {
		case c == nil:
			f.mistake(f.at(entry[0]), "", "unknown key %s%s", key, f.root.suggest(key))
		case c.section:
			f.section(c, entry[1])
		case c.secret:
			f.mistake(f.at(entry[0]), key, "is a secret and does not belong in this file; %s", c.secretPlaces())
		default:
			c.origin = f.at(entry[0])
			if err := f.setting(c, entry[1]); err != nil {
				c.failed = true
				f.mistake(c.origin, key, "%v", err)
			}
		}
	}
}

// entries yields the keys of a mapping with their key and value nodes, and
// complains of what is no plain key or stands there twice.
func (f yamlFile) entries(section string, y *yaml.Node) func(func(string, [2]*yaml.Node) bool) {
	return func(yield func(string, [2]*yaml.Node) bool) {
		lines := map[string]int{}
		for i := 0; i+1 < len(y.Content); i += 2 {
			k := target(y.Content[i])
			switch {
			case k.Kind != yaml.ScalarNode:
				f.mistake(f.at(k), section, "%s cannot be a key", describe(k))
				continue
			case k.ShortTag() == "!!merge":
				f.mistake(f.at(k), section, "merging (<<) is not supported; write the keys out")
				continue
			case lines[k.Value] != 0:
				f.mistake(f.at(k), join(section, k.Value), "is there already, on line %d", lines[k.Value])
				continue
			}
			lines[k.Value] = k.Line
			if !yield(k.Value, [2]*yaml.Node{k, y.Content[i+1]}) {
				return
			}
		}
	}
}

func join(section, name string) string {
	if section == "" {
		return name
	}
	return section + "." + name
}

// setting reads one value. Its error is for the line of the key.
func (f yamlFile) setting(n *node, y *yaml.Node) error {
	y = target(y)
	v := n.value
	switch {
	case isScalar(v.Type()):
		return yamlScalar(v, y)
	case v.Kind() == reflect.Slice:
		if y.Kind != yaml.SequenceNode {
			return fmt.Errorf("must be a list, such as [a, b], not %s", describe(y))
		}
		list := emptyList(v, len(y.Content))
		for i, item := range y.Content {
			if err := yamlScalar(list.Index(i), target(item)); err != nil {
				return fmt.Errorf("element %d: %w", i+1, err)
			}
		}
		v.Set(list)
		return nil
	}
	if y.Kind != yaml.MappingNode {
		return fmt.Errorf("must be a mapping of name: value, not %s", describe(y))
	}
	m := copyMap(v)
	for name, entry := range f.entries(n.key, y) {
		value := reflect.New(m.Type().Elem()).Elem()
		if err := yamlScalar(value, target(entry[1])); err != nil {
			n.failed = true
			f.mistake(f.at(entry[0]), n.key+"."+name, "%v", err)
			continue
		}
		m.SetMapIndex(reflect.ValueOf(name).Convert(m.Type().Key()), value)
	}
	if m.Len() > 0 || v.Len() > 0 {
		v.Set(m)
	}
	return nil
}

func yamlScalar(v reflect.Value, y *yaml.Node) error {
	switch {
	case isNull(y):
		return errors.New("has no value; give one, or take the key out")
	case y.Kind != yaml.ScalarNode:
		return fmt.Errorf("must be a single value, not %s", describe(y))
	}
	tag := y.ShortTag()
	switch {
	case v.Kind() == reflect.Bool && tag != "!!bool":
		return fmt.Errorf("%s: %w", quote(y.Value), errBool)
	case v.Kind() != reflect.Bool && tag == "!!bool":
		return fmt.Errorf("%s: must not be true or false; a text that reads so needs quotes", quote(y.Value))
	}
	switch tag {
	case "!!str", "!!int", "!!float", "!!bool", "!!timestamp":
	default:
		return fmt.Errorf("has the tag %s, which settings do not know", y.Tag)
	}
	if err := parseScalar(v, y.Value); err != nil {
		return fmt.Errorf("%s: %w", quote(y.Value), err)
	}
	return nil
}

// target follows an alias to what it stands for.
func target(y *yaml.Node) *yaml.Node {
	for y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	return y
}

func isNull(y *yaml.Node) bool { return y.Kind == yaml.ScalarNode && y.ShortTag() == "!!null" }

// describe tells the kind alone: the value could be a secret in the wrong place,
// or the file a key.
func describe(y *yaml.Node) string {
	switch {
	case y.Kind == yaml.MappingNode:
		return "a mapping"
	case y.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(y):
		return "nothing"
	}
	return "a single value"
}
