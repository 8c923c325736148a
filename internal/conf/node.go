package conf

import (
	"fmt"
	"iter"
	"reflect"
	"strings"
)

// node is a struct field with its tags read: a section (a struct) or a setting.
type node struct {
	name, key string // last part and full path; both empty at the root
	doc       string
	value     reflect.Value // addressable
	section   bool
	children  []*node // of a section, in the order of the fields

	// Of a setting:
	env    []string // variables, the one to recommend first
	secret bool
	file   *node  // of a secret: the setting that names its file
	holds  *node  // of a setting that names a file for a secret: that secret
	origin string // what set it; empty for the default
	failed bool   // a source had a bad value
}

// build reads the tags below v. What is wrong there is a bug of the program.
func build(v reflect.Value, prefix string) *node {
	root := &node{value: v, section: true}
	root.grow(prefix)
	seen := map[string]string{}
	for n := range root.leaves() {
		for _, name := range n.env {
			if other, ok := seen[name]; ok {
				panic(fmt.Sprintf("BUG: conf: %s and %s share the variable %s", other, n.key, name))
			}
			seen[name] = n.key
		}
	}
	return root
}

// copyOf makes an addressable value of a struct, or of what a pointer to one
// points to.
func copyOf(v any) reflect.Value {
	s := reflect.Indirect(reflect.ValueOf(v))
	if s.Kind() != reflect.Struct {
		panic(fmt.Sprintf("BUG: conf: %T is no struct", v))
	}
	c := reflect.New(s.Type()).Elem()
	c.Set(s)
	return c
}

func (n *node) grow(prefix string) {
	t := n.value.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("conf")
		if !f.IsExported() || name == "-" {
			continue
		}
		where := fmt.Sprintf("BUG: conf: %s.%s", t, f.Name)
		if name == "" || strings.ContainsAny(name, ".,= \t:#") {
			panic(where + `: needs a tag conf:"name", or "-"`)
		}
		if n.child(name) != nil {
			panic(fmt.Sprintf("%s: a second %q", where, name))
		}
		c := &node{
			name: name, key: name, doc: f.Tag.Get("doc"), value: n.value.Field(i),
			secret: f.Tag.Get("secret") == "true",
		}
		if n.key != "" {
			c.key = n.key + "." + name
		}
		n.children = append(n.children, c)
		if f.Type.Kind() == reflect.Struct && !isText(f.Type) {
			c.section = true
			c.grow(prefix)
			continue
		}
		if c.doc == "" {
			panic(where + ": needs a tag doc")
		}
		if typeName(f.Type) == "" || c.secret && typeName(f.Type) != "string" && typeName(f.Type) != "list of string" {
			panic(fmt.Sprintf("%s: settings cannot be of type %s", where, f.Type))
		}
		c.env = variables(f.Tag.Get("env"), prefix, c.key)
	}
	n.addSecretFiles()
}

func variables(tag, prefix, key string) []string {
	switch {
	case tag == "-" || tag == "" && prefix == "":
		return nil
	case tag == "":
		return []string{prefix + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(key))}
	}
	return strings.Split(tag, ",")
}

// addSecretFiles puts a setting key_file after each secret key, unless there is one.
func (n *node) addSecretFiles() {
	var with []*node
	for _, c := range n.children {
		with = append(with, c)
		if !c.secret {
			continue
		}
		if c.file = n.child(c.name + "_file"); c.file != nil {
			continue
		}
		c.file = &node{
			name: c.name + "_file", key: c.key + "_file", holds: c,
			doc:   "file that holds the secret " + c.name + ": " + c.doc,
			value: reflect.New(reflect.TypeFor[string]()).Elem(),
		}
		for _, name := range c.env {
			c.file.env = append(c.file.env, name+"_FILE")
		}
		with = append(with, c.file)
	}
	n.children = with
}

// secretPlaces tells where a secret may stand.
func (n *node) secretPlaces() string {
	s := "write it to a file and name that in " + n.file.key
	if len(n.env) > 0 {
		s = "write it to a file named in " + n.file.key + ", or to " + n.env[0]
	}
	return s
}

func (n *node) flagged() bool { return strings.HasPrefix(n.origin, "--") }

func (n *node) fromEnv() bool {
	for _, name := range n.env {
		if n.origin == name {
			return true
		}
	}
	return false
}

func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// find follows a path from n; nil if it leads nowhere.
func (n *node) find(path string) *node {
	for name := range strings.SplitSeq(path, ".") {
		if n = n.child(name); n == nil {
			return nil
		}
	}
	return n
}

// leaves are the settings below n, in the order of the fields.
func (n *node) leaves() iter.Seq[*node] {
	return func(yield func(*node) bool) { n.walk(yield) }
}

func (n *node) walk(yield func(*node) bool) bool {
	if !n.section {
		return yield(n)
	}
	for _, c := range n.children {
		if !c.walk(yield) {
			return false
		}
	}
	return true
}

// keys are the paths of all sections and settings below n.
func (n *node) keys() []string {
	var keys []string
	for _, c := range n.children {
		keys = append(keys, c.key)
		keys = append(keys, c.keys()...)
	}
	return keys
}

func (n *node) childKeys() []string {
	var keys []string
	for _, c := range n.children {
		keys = append(keys, c.key)
	}
	return keys
}
