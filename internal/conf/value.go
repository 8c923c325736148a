package conf

import (
	"encoding"
	"errors"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	durationType    = reflect.TypeFor[time.Duration]()
	sizeType        = reflect.TypeFor[Size]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	marshalerType   = reflect.TypeFor[encoding.TextMarshaler]()
)

// isText is true of types that read and write themselves.
func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(unmarshalerType) && reflect.PointerTo(t).Implements(marshalerType)
}

// typeName is what documents call a type; empty if no setting can be of it.
func typeName(t reflect.Type) string {
	switch {
	case t == durationType:
		return "duration"
	case t == sizeType:
		return "size"
	case isText(t):
		return "text"
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		if s := typeName(t.Elem()); isScalar(t.Elem()) && s != "" {
			return "list of " + s
		}
	case reflect.Map:
		if s := typeName(t.Elem()); isScalar(t.Elem()) && s != "" && t.Key().Kind() == reflect.String {
			return "map of " + s
		}
	}
	return ""
}

func isScalar(t reflect.Type) bool {
	return isText(t) || t.Kind() != reflect.Slice && t.Kind() != reflect.Map
}

// parseText sets v from a variable or a flag. Its errors say what would be right.
func parseText(v reflect.Value, text string) error {
	if isScalar(v.Type()) {
		return parseScalar(v, text)
	}
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	if v.Kind() == reflect.Slice {
		list := emptyList(v, len(items))
		for i, item := range items {
			if err := parseScalar(list.Index(i), item); err != nil {
				return inItem(item, err)
			}
		}
		v.Set(list)
		return nil
	}
	m := copyMap(v)
	for _, item := range items {
		name, value, ok := strings.Cut(item, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return inItem(item, errors.New("write it as name=value"))
		}
		if err := putMap(m, name, strings.TrimSpace(value)); err != nil {
			return inItem(item, err)
		}
	}
	v.Set(m)
	return nil
}

func inItem(item string, err error) error {
	return errors.New("element " + quote(item) + " " + err.Error())
}

// emptyList makes a list to replace v by. A list without elements stays nil
// where it was.
func emptyList(v reflect.Value, n int) reflect.Value {
	if n == 0 && v.Len() == 0 {
		return v
	}
	return reflect.MakeSlice(v.Type(), n, n)
}

// copyMap is needed since the defaults may share theirs with all who use them.
func copyMap(v reflect.Value) reflect.Value {
	m := reflect.MakeMap(v.Type())
	for it := v.MapRange(); it.Next(); {
		m.SetMapIndex(it.Key(), it.Value())
	}
	return m
}

func putMap(m reflect.Value, name, text string) error {
	value := reflect.New(m.Type().Elem()).Elem()
	if err := parseScalar(value, text); err != nil {
		return err
	}
	m.SetMapIndex(reflect.ValueOf(name).Convert(m.Type().Key()), value)
	return nil
}

var (
	errBool     = errors.New("must be true or false")
	errInteger  = errors.New("must be a whole number")
	errNumber   = errors.New("must be a number, such as 0.5")
	errDuration = errors.New("must be a time with its unit, such as 500ms, 30s, 5m or 1h30m")
)

func parseScalar(v reflect.Value, text string) error {
	t := v.Type()
	switch {
	case t == durationType:
		d, err := time.ParseDuration(text)
		if err != nil {
			return errDuration
		}
		v.SetInt(int64(d))
		return nil
	case isText(t):
		fresh := reflect.New(t)
		if err := fresh.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return err
		}
		v.Set(fresh.Elem())
		return nil
	}
	switch t.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return errBool
		}
		v.SetBool(b)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return errNumber
		}
		v.SetFloat(f)
	default:
		n, err := strconv.ParseInt(text, 10, t.Bits())
		switch {
		case errors.Is(err, strconv.ErrRange):
			return errors.New("must be a whole number of at most " + strconv.Itoa(t.Bits()) + " bits")
		case err != nil:
			return errInteger
		}
		v.SetInt(n)
	}
	return nil
}

// formatScalar writes what parseScalar reads.
func formatScalar(v reflect.Value) string {
	switch t := v.Type(); {
	case t == durationType:
		return formatDuration(time.Duration(v.Int()))
	case isText(t):
		c := reflect.New(t)
		c.Elem().Set(v)
		text, err := c.Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil {
			return ""
		}
		return string(text)
	}
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	default:
		return strconv.FormatInt(v.Int(), 10)
	}
}

// formatText writes what parseText reads.
func formatText(v reflect.Value) string {
	if isScalar(v.Type()) {
		return formatScalar(v)
	}
	var items []string
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			items = append(items, formatScalar(v.Index(i)))
		}
	} else {
		for _, name := range mapNames(v) {
			items = append(items, name+"="+formatScalar(mapValue(v, name)))
		}
	}
	return strings.Join(items, ",")
}

func mapNames(v reflect.Value) []string {
	names := map[string]bool{}
	for _, k := range v.MapKeys() {
		names[k.String()] = true
	}
	return slices.Sorted(maps.Keys(names))
}

func mapValue(v reflect.Value, name string) reflect.Value {
	return v.MapIndex(reflect.ValueOf(name).Convert(v.Type().Key()))
}

// formatDuration is 1h where time writes 1h0m0s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
