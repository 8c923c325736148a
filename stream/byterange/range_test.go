package byterange

import (
	"slices"
	"strings"
	"testing"
)

func TestRangeField(t *testing.T) {
	f := func(field string, size int64, status int, want ...Range) {
		t.Helper()
		var d Decision
		Decide(&Request{Range: []byte(field)}, &Selected{Size: size}, &d)
		if d.Status != status || !slices.Equal(d.Ranges[:d.N], want) {
			t.Errorf("Range: %s of %d bytes = %d %v, want %d %v", field, size, d.Status, d.Ranges[:d.N], status, want)
		}
	}

	// Not ours: ignored.
	f("", 10, 200)
	f("foo", 10, 200)
	f("bytes", 10, 200)
	f("bytes 0-1", 10, 200)
	f("bytes =0-1", 10, 200)
	f("byte=0-1", 10, 200)
	f("bytesx=0-1", 10, 200)
	f("items=0-1", 10, 200)
	f("=0-1", 10, 200)
	f("seconds=1-2,x", 10, 200)

	// Malformed.
	f("bytes=", 10, 416)
	f("bytes=         ", 10, 416)
	f("bytes=,", 10, 416)
	f("bytes= , , ,   ", 10, 416)
	f("bytes=7", 10, 416)
	f("bytes= 7 ", 10, 416)
	f("bytes=-", 10, 416)
	f("bytes=--", 10, 416)
	f("bytes=5-4", 10, 416)
	f("bytes=0-2,5-4", 10, 416)
	f("bytes=2-5,4-3", 10, 416)
	f("bytes=--5,4--3", 10, 416)
	f("bytes=--6", 10, 416)
	f("bytes=--0", 10, 416)
	f("bytes=---0", 10, 416)
	f("bytes=-6-", 10, 416)
	f("bytes=1-2-3", 10, 416)
	f("bytes=+1-2", 10, 416)
	f("bytes=1-+2", 10, 416)
	f("bytes=-+2", 10, 416)
	f("bytes=A-", 10, 416)
	f("bytes=A- ", 10, 416)
	f("bytes=A-Z", 10, 416)
	f("bytes= -Z", 10, 416)
	f("bytes=5-Z", 10, 416)
	f("bytes=alpha", 10, 416)
	f("bytes=10-alpha", 1000, 416)
	f("bytes=10", 1000, 416)
	f("bytes=10-11 12-", 1000, 416)
	f("bytes=1 2-3", 10, 416)
	f("bytes=1-2 3", 10, 416)
	f("bytes=1-2;3-4", 10, 416)
	f("bytes=Ran-dom, garbage", 10, 416)
	f("bytes=0x01-0x02", 10, 416)
	f("bytes=bytes=0-1", 10, 416)
	f("bytes=0-1, bytes=4-5", 10, 416)
	f("bytes=0-1\x00", 10, 416)
	f("bytes=\r\n0-1", 10, 416)
	f("bytes=٣-", 10, 416)

	// A malformed member spoils the set, wherever it stands.
	f("bytes=0-1,x", 10, 416)
	f("bytes=x,0-1", 10, 416)
	f("bytes=100-,x", 10, 416)
	f("bytes=0-5,3-7,x", 10, 416)
	f("bytes="+strings.Repeat("0-,", 40)+"x", 10, 416)

	// Unsatisfiable.
	f("bytes=10-", 10, 416)
	f("bytes=10-11", 10, 416)
	f("bytes=12-12", 10, 416)
	f("bytes=100-1000", 10, 416)
	f("bytes=-0", 10, 416)
	f("bytes=-00", 10, 416)
	f("bytes=-0,10-,11-12", 10, 416)
	f("bytes="+strings.Repeat("10-,", 40), 10, 416)

	// One range.
	f("bytes=0-0", 10, 206, Range{0, 1})
	f("bytes=9-9", 10, 206, Range{9, 1})
	f("bytes=0-9", 10, 206, Range{0, 10})
	f("bytes=0-", 10, 206, Range{0, 10})
	f("bytes=5-", 10, 206, Range{5, 5})
	f("bytes=0-20", 10, 206, Range{0, 10})
	f("bytes=9-10", 10, 206, Range{9, 1})
	f("bytes=-1", 10, 206, Range{9, 1})
	f("bytes=-5", 10, 206, Range{5, 5})
	f("bytes=-10", 10, 206, Range{0, 10})
	f("bytes=-15", 10, 206, Range{0, 10})
	f("bytes=007-0008", 10, 206, Range{7, 2})
	f("BYTES=0-1", 10, 206, Range{0, 2})
	f("bYtEs=0-1", 10, 206, Range{0, 2})
	f(" \tbytes=0-1 ", 10, 206, Range{0, 2})
	f("bytes=0-0", 1, 206, Range{0, 1})
	f("bytes=0-499", 10000, 206, Range{0, 500})
	f("bytes=500-999", 10000, 206, Range{500, 500})
	f("bytes=-500", 10000, 206, Range{9500, 500})
	f("bytes=9500-", 10000, 206, Range{9500, 500})

	// Several; the order is kept, what cannot be had is dropped.
	f("bytes=0-0,-1", 10000, 206, Range{0, 1}, Range{9999, 1})
	f("bytes=1-2,5-", 10, 206, Range{1, 2}, Range{5, 5})
	f("bytes=15-,0-5", 10, 206, Range{0, 6})
	f("bytes=0-5,-0", 10, 206, Range{0, 6})
	f("bytes=-2 , 6-8", 11, 206, Range{9, 2}, Range{6, 3})
	f("bytes=0-0 ,2-2, 7-", 11, 206, Range{0, 1}, Range{2, 1}, Range{7, 4})
	f("bytes=0-9, -10, 10-19", 1000, 206, Range{0, 10}, Range{990, 10}, Range{10, 10})
	f("bytes=0-9, -10, 100000-, 10-19", 1000, 206, Range{0, 10}, Range{990, 10}, Range{10, 10})
	f("bytes=8-9,0-1", 10, 206, Range{8, 2}, Range{0, 2})

	// Ranges that touch share nothing.
	f("bytes=500-600,601-999", 10000, 206, Range{500, 101}, Range{601, 399})
	f("bytes=0-4,5-9", 10, 206, Range{0, 5}, Range{5, 5})
	f("bytes=5-9,0-4", 10, 206, Range{5, 5}, Range{0, 5})

	// Wasteful: all, once.
	f("bytes=-2 , 7-", 11, 200) // Go sends both
	f("bytes=500-700,601-999", 10000, 200)
	f("bytes=0-5,5-9", 10, 200)
	f("bytes=5-9,0-5", 10, 200)
	f("bytes=2-3,0-9", 10, 200)
	f("bytes=0-9,2-3", 10, 200)
	f("bytes=1-1,1-1", 10, 200)
	f("bytes=0-10001, 0-0", 1000, 200)
	f("bytes=0-,1-,2-,3-,4-", 11, 200)
	f("bytes=-3,-2", 10, 200)
	f("bytes=0-5,3-7,100-", 10, 200)

	// Blanks and empty elements.
	f("bytes=,0-1,", 10, 206, Range{0, 2})
	f("bytes=,,0-1,,", 10, 206, Range{0, 2})
	f("bytes=0-1\t,\t3-4", 10, 206, Range{0, 2}, Range{3, 2})
	f("bytes=   1 -2   ,  4- 5, 7 - 8 , ,,", 11, 206, Range{1, 2}, Range{4, 2}, Range{7, 2})
	f("bytes=- 5", 10, 206, Range{5, 5})

	// Nothing to have ranges of.
	f("bytes=0-", 0, 416)
	f("bytes=1-", 0, 416)
	f("bytes=0-0", 0, 416)
	f("bytes=-0", 0, 416)
	f("bytes=-1", 0, 200)
	f("bytes=0-,-1", 0, 200)
	f("bytes=-1,x", 0, 416)
	f("foo", 0, 200)

	// Great numbers.
	const most = 1<<63 - 1
	f("bytes=0-9223372036854775806", most, 206, Range{0, most})
	f("bytes=0-9223372036854775807", most, 206, Range{0, most})
	f("bytes=9223372036854775806-", most, 206, Range{most - 1, 1})
	f("bytes=9223372036854775807-", most, 416)
	f("bytes=9223372036854775808-", most, 416)
	f("bytes=9223372036854775808-", 10, 416)
	f("bytes=18446744073709551616-", 10, 416) // 2^64 is not 0
	f("bytes=18446744073709551616-18446744073709551620", 10, 416)
	f("bytes=5-9223372036854775808", 10, 206, Range{5, 5})
	f("bytes=5-18446744073709551622", 10, 206, Range{5, 5})
	f("bytes=-9223372036854775808", 10, 206, Range{0, 10})
	f("bytes=-18446744073709551617", 10, 206, Range{0, 10})
	f("bytes=5-"+strings.Repeat("9", 500), 10, 206, Range{5, 5})
	f("bytes="+strings.Repeat("0", 500)+"5-", 10, 206, Range{5, 5})
	f("bytes="+strings.Repeat("9", 500)+"-,0-1", 10, 206, Range{0, 2})
	f("bytes=9223372036854775806-,0-9223372036854775805", most, 206, Range{most - 1, 1}, Range{0, most - 1})
	// last < first is malformed also where neither fits an int64.
	f("bytes=99999999999999999999-99999999999999999998,0-1", 10, 416)
	f("bytes=99999999999999999999-99999999999999999999,0-1", 10, 206, Range{0, 2})
	f("bytes=100000000000000000000-99999999999999999999,0-1", 10, 416)
	f("bytes=0099999999999999999999-100000000000000000000,0-1", 10, 206, Range{0, 2})
	f("bytes=9223372036854775808-9223372036854775807,0-1", 10, 416)
	f("bytes=9223372036854775808-1,0-1", 10, 416)
}

func TestSixteenRangesAreServedAndSeventeenAreNot(t *testing.T) {
	field := []byte("bytes=")
	for i := range MaxRanges {
		field = append(field, byte('0'+i/10), byte('0'+i%10), '-', byte('0'+i/10), byte('0'+i%10), ',')
	}
	check := func(field []byte, status, n int) {
		t.Helper()
		var d Decision
		Decide(&Request{Range: field}, &Selected{Size: 100}, &d)
		if d.Status != status || d.N != n {
			t.Errorf("%s = %d with %d ranges, want %d with %d", field, d.Status, d.N, status, n)
		}
	}
	check(field, 206, 16)
	// What is dropped does not count.
	check(append(slices.Clone(field), "100-,200-"...), 206, 16)
	check(append(slices.Clone(field), "50-50"...), 200, 0)
}

func TestHeadIgnoresRange(t *testing.T) {
	for _, field := range []string{"bytes=0-1", "bytes=100-", "bytes=x"} {
		var d Decision
		Decide(&Request{Range: []byte(field), Head: true}, &Selected{Size: 10}, &d)
		if d.Status != 200 || d.N != 0 {
			t.Errorf("HEAD with Range: %s = %d with %d ranges, want 200", field, d.Status, d.N)
		}
	}
}

func TestADecisionMayBeUsedAgain(t *testing.T) {
	var d Decision
	sel := &Selected{Size: 10}
	Decide(&Request{Range: []byte("bytes=0-1,3-4")}, sel, &d)
	Decide(&Request{}, sel, &d)
	if d.Status != 200 || d.N != 0 {
		t.Errorf("second use = %d with %d ranges, want 200 with none", d.Status, d.N)
	}
}
