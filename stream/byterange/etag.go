package byterange

// listNames reports whether an If-Match or If-None-Match value names etag, or
// everything ("*"). Reading stops at the first breach of the grammar.
func listNames(list []byte, etag string, equal func([]byte, string) bool) bool {
	list = trim(list)
	if len(list) == 1 && list[0] == '*' {
		return true
	}
	for {
		// 9110 5.6.1.2: empty elements are to be skipped.
		for len(list) > 0 && (isBlank(list[0]) || list[0] == ',') {
			list = list[1:]
		}
		tag, rest, ok := cutTag(list)
		if !ok {
			return false
		}
		rest = trim(rest)
		if len(rest) > 0 && rest[0] != ',' {
			return false
		}
		if equal(tag, etag) {
			return true
		}
		list = rest
	}
}

// cutTag takes one entity tag (9110 8.8.3) off the front of b. Commas and
// backslashes inside the quotes are plain characters.
func cutTag(b []byte) (tag, rest []byte, ok bool) {
	i := 0
	if len(b) > 2 && b[0] == 'W' && b[1] == '/' {
		i = 2
	}
	if len(b) <= i || b[i] != '"' {
		return nil, b, false
	}
	for i++; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return b[:i+1], b[i+1:], true
		case c <= ' ' || c == 0x7f:
			return nil, b, false
		}
	}
	return nil, b, false
}

// strongEqual and weakEqual are the comparisons of 9110 8.8.3.2; tag comes from
// cutTag. A representation without a tag equals nothing.
func strongEqual(tag []byte, etag string) bool {
	return tag[0] == '"' && string(tag) == etag
}

func weakEqual(tag []byte, etag string) bool {
	if tag[0] == 'W' {
		tag = tag[2:]
	}
	if len(etag) > 2 && etag[0] == 'W' {
		etag = etag[2:]
	}
	return string(tag) == etag
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// trim takes OWS (9110 5.6.3) off both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && isBlank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isBlank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}
