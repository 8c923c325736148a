package conf

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes. It is written as a plain number or with a unit, B,
// KB, MB, GB or TB, in any case; KiB and K mean the same as KB. Each unit is 1024
// of the one before: what is sized here is memory.
type Size int64

var errSize = errors.New("must be a size in bytes or with a unit, such as 4096, 64KB, 10MB or 1GB")

const sizeUnits = "KMGT"

// ParseSize reads what [Size.String] writes, and the other spellings. There are
// no fractions and no negative sizes.
func ParseSize(s string) (Size, error) {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	n, err := strconv.ParseInt(s[:i], 10, 64)
	if err != nil {
		return 0, errSize
	}
	shift, ok := unitShift(strings.ToUpper(strings.TrimLeft(s[i:], " ")))
	if !ok || n > math.MaxInt64>>shift {
		return 0, errSize
	}
	return Size(n << shift), nil
}

func unitShift(unit string) (shift int, ok bool) {
	if unit == "" || unit == "B" {
		return 0, true
	}
	switch unit[1:] {
	case "", "B", "IB":
		k := strings.IndexByte(sizeUnits, unit[0])
		return 10 * (k + 1), k >= 0
	}
	return 0, false
}

// String is the shortest exact form: 65536 is 64KB, 1000 is 1000.
func (s Size) String() string {
	n, unit := int64(s), ""
	for k := range len(sizeUnits) {
		if n == 0 || n%1024 != 0 {
			break
		}
		n /= 1024
		unit = sizeUnits[k:k+1] + "B"
	}
	return strconv.FormatInt(n, 10) + unit
}

// MarshalText is [Size.String].
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is [ParseSize].
func (s *Size) UnmarshalText(text []byte) error {
	n, err := ParseSize(string(text))
	if err != nil {
		return err
	}
	*s = n
	return nil
}
