// Package conf loads a component's settings: defaults, then a YAML file, then the environment, then flags.
//
// The settings are a struct of the component's own. Its value holds the
// defaults, its fields carry tags:
//
//	type Config struct {
//		Listen string `conf:"listen" doc:"address of the public listener"`
//		Limits struct {
//			Head conf.Size `conf:"head" doc:"longest request head"`
//		} `conf:"limits" doc:"what one client may take"`
//		Key string `conf:"key" env:"SEGUE_KEY,CDN_SECURITY_KEY" secret:"true" doc:"signs URLs"`
//	}
//
// The tags are these:
//
//   - conf is the name in the file; "-" leaves a field out. Every exported field
//     has one: a forgotten tag is a bug, and panics.
//   - doc is a sentence for the example file. Only sections may go without.
//   - env names the variable, or several by commas, the first being the one to
//     recommend. Without it the variable is the prefix and the key path in
//     capitals, SEGUE_LIMITS_HEAD; "-" means none.
//   - secret:"true" marks a string or list that never stands in the file or on
//     the command line, and is never printed. It comes from its variable, or from
//     a file: for a secret key there is also the setting key_file, and the
//     variable with _FILE, that name a file to read it from (trailing line ends
//     are dropped; a list has one element a line). A struct with a field of that
//     name keeps its own meaning for it.
//
// A field is a string, bool, integer or float64, a [time.Duration], a [Size],
// anything with UnmarshalText and MarshalText, a slice of these, a map of these
// by name, or a struct. In the environment and in flags, lists are written
// "a,b" and maps "name=value,name=value". A list replaces the one before it; a
// map adds to it, name by name.
//
// Settings are read once, into the struct: nothing here is kept or watched.
package conf

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
)

// Source says where settings come from.
type Source struct {
	// File is a YAML file; empty for none.
	File string

	// Env looks a variable up, as os.LookupEnv does; nil for none. A variable
	// that is set but empty counts as not set.
	Env func(string) (string, bool)

	// Prefix begins the derived names of variables: "SEGUE_". With none, only
	// variables that a tag names are read. Unknown variables with the prefix
	// are nobody's mistake: other programs share it.
	Prefix string

	// Flags are texts by key path: "limits.head" to "8KB".
	Flags map[string]string
}

// Load reads src over the defaults that dst, a pointer to a struct, holds. Then
// it calls Validate() error of each nested struct that has one, and of dst
// last. An error of Validate whose text starts with a key and a colon ("limits.head:
// must be more than 0"; the key as seen from that struct) is put where the value
// came from.
//
// The error joins all mistakes, each an *[Error]. After an error dst holds what
// was good, over the defaults, and is not to be used.
func Load(dst any, src Source) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("BUG: conf: Load into %T, not a pointer to a struct", dst))
	}
	l := &loader{root: build(v.Elem(), src.Prefix), prefix: src.Prefix}
	readable := l.loadFile(src.File)
	l.loadEnv(src.Env)
	l.loadFlags(src.Flags)
	l.readSecrets()
	// Without the file most complaints would be about what stands in it.
	if readable {
		l.validate(l.root)
	}
	return errors.Join(l.errs...)
}

type loader struct {
	root   *node
	prefix string
	errs   []error
}

func (l *loader) mistake(where, key, format string, args ...any) {
	l.errs = append(l.errs, &Error{Where: where, Key: key, Problem: fmt.Sprintf(format, args...)})
}

// loadFile reports whether the file, if there is one, could be read as YAML.
func (l *loader) loadFile(name string) bool {
	if name == "" {
		return true
	}
	data, err := os.ReadFile(name)
	if err != nil {
		l.mistake(name, "", "%v", reason(err))
		return false
	}
	return l.loadYAML(name, data)
}

// reason is err without the path, which the message names already.
func reason(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func (l *loader) loadEnv(lookup func(string) (string, bool)) {
	if lookup == nil {
		return
	}
	for n := range l.root.leaves() {
		from, text := "", ""
		for _, name := range n.env {
			t, ok := lookup(name)
			switch {
			case !ok || t == "":
			case from == "":
				from, text = name, t
			case t != text:
				l.mistake(name, n.key, "%s is set too, to another value; leave one", from)
			}
		}
		if from != "" {
			l.set(n, from, text)
		}
	}
}

func (l *loader) loadFlags(flags map[string]string) {
	keys := make([]string, 0, len(flags))
	for k := range flags {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, key := range keys {
		where := "--" + key
		n := l.root.find(key)
		switch {
		case n == nil:
			l.mistake(where, "", "unknown setting %s%s", key, l.root.suggest(key))
		case n.section:
			l.mistake(where, "", "is a group of settings; name one of %s", strings.Join(n.childKeys(), ", "))
		case n.secret:
			l.mistake(where, "", "is a secret, and a command line can be read by others; %s", n.secretPlaces())
		default:
			l.set(n, where, flags[key])
		}
	}
}

// set is for texts: of variables and flags.
func (l *loader) set(n *node, where, text string) {
	n.origin = where
	if err := parseText(n.value, text); err != nil {
		if n.secret {
			l.mistake(where, n.key, "%v", err)
		} else {
			l.mistake(where, n.key, "%s: %v", quote(text), err)
		}
		n.failed = true
	}
}

// readSecrets reads the files that key_file settings name, unless the secret
// itself was given by a later source.
func (l *loader) readSecrets() {
	for file := range l.root.leaves() {
		secret := file.holds
		if secret == nil || file.value.String() == "" {
			continue
		}
		path := file.value.String()
		if secret.origin != "" && !file.flagged() {
			if file.fromEnv() {
				l.mistake(file.origin, file.key, "%s is set too; leave one", secret.origin)
			}
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			l.mistake(file.origin, file.key, "%s: %v", quote(path), reason(err))
			continue
		}
		text := strings.TrimRight(string(data), "\r\n")
		if text == "" {
			l.mistake(file.origin, file.key, "%s is empty; it should hold %s", quote(path), secret.key)
			continue
		}
		if secret.value.Kind() == reflect.Slice {
			text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\r' || r == '\n' }), ",")
		}
		secret.origin = file.origin
		if err := parseText(secret.value, text); err != nil {
			l.mistake(file.origin, file.key, "%v", err)
		}
	}
}

type validator interface{ Validate() error }

// validate goes inside out, so that dst comes last.
func (l *loader) validate(n *node) {
	for _, c := range n.children {
		if c.section {
			l.validate(c)
		}
	}
	if v, ok := n.value.Addr().Interface().(validator); ok {
		if err := v.Validate(); err != nil {
			l.place(n, err)
		}
	}
}

// place adds an error of n's Validate, each part of a joined one on its own.
func (l *loader) place(n *node, err error) {
	if parts := joined(err); parts != nil {
		for _, e := range parts {
			l.place(n, e)
		}
		return
	}
	e := &Error{Key: n.key, Problem: err.Error(), err: err}
	if key, problem, ok := strings.Cut(e.Problem, ": "); ok {
		if named := n.find(key); named != nil && named != n {
			if named.failed {
				return // that its value is bad has been said
			}
			e.Where, e.Key, e.Problem = named.origin, named.key, problem
		}
	}
	l.errs = append(l.errs, e)
}

// joined are the parts of what errors.Join made; nil for other errors, also such
// as wrap several but have a text of their own.
func joined(err error) []error {
	j, ok := err.(interface{ Unwrap() []error })
	if !ok || errors.Join(j.Unwrap()...).Error() != err.Error() {
		return nil
	}
	return j.Unwrap()
}
