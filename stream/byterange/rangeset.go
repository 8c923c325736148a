package byterange

import "math"

// parseRange reads a Range value against a representation of size bytes and
// returns the status it asks for with the number of ranges put into out.
func parseRange(v []byte, size int64, out *[MaxRanges]Range) (status, n int) {
	set, ok := cutBytesUnit(trim(v))
	if !ok {
		return 200, 0
	}
	whole := false // the answer is everything, unless the rest is malformed
	for len(set) > 0 {
		var member []byte
		member, set = cutMember(set)
		if len(member) == 0 {
			continue
		}
		r, k := parseMember(member, size)
		switch {
		case k == malformed:
			return 416, 0
		case k == unsatisfiable || whole:
		case r.Length == 0 || n == MaxRanges || overlaps(out[:n], r):
			whole = true
		default:
			out[n] = r
			n++
		}
	}
	switch {
	case whole:
		return 200, 0
	case n == 0:
		return 416, 0
	}
	return 206, n
}

// cutBytesUnit takes "bytes=" off v; range units are case-insensitive (9110 14.1).
func cutBytesUnit(v []byte) (set []byte, ok bool) {
	const unit = "bytes="
	if len(v) < len(unit) || v[len(unit)-1] != '=' {
		return nil, false
	}
	for i := range len(unit) - 1 {
		if v[i]|0x20 != unit[i] {
			return nil, false
		}
	}
	return v[len(unit):], true
}

// cutMember takes the next list element off set, without its blanks.
func cutMember(set []byte) (member, rest []byte) {
	for i, c := range set {
		if c == ',' {
			return trim(set[:i]), set[i+1:]
		}
	}
	return trim(set), nil
}

func overlaps(have []Range, r Range) bool {
	for _, h := range have {
		// Written without sums, which could overflow near the end of int64.
		if r.Start >= h.Start && r.Start-h.Start < h.Length ||
			h.Start >= r.Start && h.Start-r.Start < r.Length {
			return true
		}
	}
	return false
}

type kind uint8

const (
	satisfiable kind = iota
	unsatisfiable
	malformed
)

// parseMember reads one int-range or suffix-range (9110 14.1.2). A satisfiable
// range has Length 0 only if size is 0.
func parseMember(m []byte, size int64) (Range, kind) {
	firstDigits, m := cutDigits(m)
	m = trim(m)
	if len(m) == 0 || m[0] != '-' {
		return Range{}, malformed
	}
	lastDigits, m := cutDigits(trim(m[1:]))
	if len(m) != 0 {
		return Range{}, malformed
	}
	first, last := number(firstDigits), number(lastDigits)

	if len(firstDigits) == 0 { // suffix-range
		switch {
		case len(lastDigits) == 0:
			return Range{}, malformed
		case last == 0:
			return Range{}, unsatisfiable
		}
		n := min(last, size)
		return Range{size - n, n}, satisfiable
	}

	if len(lastDigits) == 0 {
		last = math.MaxInt64
	} else if last < first || last == math.MaxInt64 && less(lastDigits, firstDigits) {
		return Range{}, malformed
	}
	if first >= size {
		return Range{}, unsatisfiable
	}
	return Range{first, min(last, size-1) - first + 1}, satisfiable
}

func cutDigits(b []byte) (digits, rest []byte) {
	i := 0
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return b[:i], b[i:]
}

// number is the value of digits, or the greatest int64 for all that is greater
// (9110 14.1.2: recipients must expect large numerals). No size exceeds that, so
// no answer differs from that to the true number.
func number(digits []byte) int64 {
	var n int64
	for _, c := range digits {
		d := int64(c - '0')
		if n > (math.MaxInt64-d)/10 {
			return math.MaxInt64
		}
		n = n*10 + d
	}
	return n
}

// less compares numerals of any length. Only numbers past int64 need it.
func less(a, b []byte) bool {
	a, b = trimZeros(a), trimZeros(b)
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return string(a) < string(b)
}

func trimZeros(b []byte) []byte {
	for len(b) > 0 && b[0] == '0' {
		b = b[1:]
	}
	return b
}
