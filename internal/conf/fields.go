package conf

// Field describes one setting, for documents and flags.
type Field struct {
	Key     string   // path in the file: "limits.head"
	Env     string   // variable; empty for none
	Aliases []string // further variables that are read
	Type    string   // "string", "bool", "integer", "number", "duration", "size", "text", "list of ...", "map of ..."
	Default string   // as a flag would write it; empty for secrets
	Doc     string
	Secret  bool // not in the file, not a flag, never shown
}

// Fields lists the settings of a struct in its order, with the variables that
// [Load] reads by the same prefix.
func Fields(defaults any, prefix string) []Field {
	var fields []Field
	for n := range build(copyOf(defaults), prefix).leaves() {
		f := Field{Key: n.key, Type: typeName(n.value.Type()), Doc: n.doc, Secret: n.secret}
		for i, name := range n.env {
			if i == 0 {
				f.Env = name
			} else {
				f.Aliases = append(f.Aliases, name)
			}
		}
		if !n.secret {
			f.Default = formatText(n.value)
		}
		fields = append(fields, f)
	}
	return fields
}
