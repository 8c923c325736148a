package byterange

import "time"

// The seconds that four digits of year can write: years 0 to 9999.
const (
	firstDate = -62167219200
	lastDate  = 253402300799
)

const (
	dayNames   = "SunMonTueWedThuFriSat"
	monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"
)

// AppendHTTPDate appends unix seconds as an IMF-fixdate (9110 5.6.7), such as
// "Sun, 06 Nov 1994 08:49:37 GMT". Times outside the years 0 to 9999 are moved to
// the nearer end, for the form has no room for them.
func AppendHTTPDate(dst []byte, unix int64) []byte {
	t := time.Unix(min(max(unix, firstDate), lastDate), 0).UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	wd, m := 3*int(t.Weekday()), 3*(int(month)-1)

	dst = append(dst, dayNames[wd:wd+3]...)
	dst = append(dst, ", "...)
	dst = append2(dst, day)
	dst = append(dst, ' ')
	dst = append(dst, monthNames[m:m+3]...)
	dst = append(dst, ' ')
	dst = append2(append2(dst, year/100), year%100)
	dst = append(dst, ' ')
	dst = append2(dst, hour)
	dst = append(dst, ':')
	dst = append2(dst, minute)
	dst = append(dst, ':')
	dst = append2(dst, second)
	return append(dst, " GMT"...)
}

func append2(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}

// ParseHTTPDate reads any of the three forms of 9110 5.6.7 as Unix seconds. Case
// matters, and the zone is GMT. The name of the day must be one, but it is not
// held against the date. There is no second 60. Two digits of year mean 1969 to
// 2068, as in net/http: that is never more than fifty years ahead.
func ParseHTTPDate(b []byte) (unix int64, ok bool) {
	b = trim(b)
	switch {
	case len(b) == len("Sun, 06 Nov 1994 08:49:37 GMT") && b[3] == ',':
		return parseFixdate(b)
	case len(b) == len("Sun Nov  6 08:49:37 1994") && b[3] == ' ':
		return parseAsctime(b)
	}
	return parseRFC850(b)
}

// Sun, 06 Nov 1994 08:49:37 GMT
func parseFixdate(b []byte) (int64, bool) {
	if !isDayName(b[:3]) || b[4] != ' ' || b[7] != ' ' || b[11] != ' ' || b[16] != ' ' || string(b[25:]) != " GMT" {
		return 0, false
	}
	return unixTime(100*two(b[12:])+two(b[14:]), b[8:11], two(b[5:]), b[17:25])
}

// Sun Nov  6 08:49:37 1994
func parseAsctime(b []byte) (int64, bool) {
	if !isDayName(b[:3]) || b[7] != ' ' || b[10] != ' ' || b[19] != ' ' {
		return 0, false
	}
	day := two(b[8:])
	if b[8] == ' ' {
		day = two([]byte{'0', b[9]})
	}
	return unixTime(100*two(b[20:])+two(b[22:]), b[4:7], day, b[11:19])
}

// Sunday, 06-Nov-94 08:49:37 GMT
func parseRFC850(b []byte) (int64, bool) {
	const tail = ", 06-Nov-94 08:49:37 GMT"
	i := len(b) - len(tail)
	if i < 0 || !isLongDayName(b[:i]) {
		return 0, false
	}
	b = b[i:]
	if string(b[:2]) != ", " || b[4] != '-' || b[8] != '-' || b[11] != ' ' || string(b[20:]) != " GMT" {
		return 0, false
	}
	year := two(b[9:])
	switch {
	case year >= 69:
		year += 1900
	case year >= 0:
		year += 2000
	}
	return unixTime(year, b[5:8], two(b[2:]), b[12:20])
}

// unixTime refuses what no calendar has. clock is "08:49:37"; a negative number
// comes from something that was none.
func unixTime(year int, month []byte, day int, clock []byte) (int64, bool) {
	m := monthNumber(month)
	hour, minute, second := two(clock), two(clock[3:]), two(clock[6:])
	if year < 0 || m == 0 || clock[2] != ':' || clock[5] != ':' ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, false
	}
	t := time.Date(year, time.Month(m), day, hour, minute, second, 0, time.UTC)
	// Date turns 31 April into 1 May.
	return t.Unix(), t.Day() == day
}

// two reads the first two bytes as a number, or answers with one so negative
// that no sum with another becomes positive.
func two(b []byte) int {
	hi, lo := b[0]-'0', b[1]-'0'
	if hi > 9 || lo > 9 {
		return -1 << 20
	}
	return int(hi)*10 + int(lo)
}

func monthNumber(name []byte) int {
	for i := 0; i < len(monthNames); i += 3 {
		if string(name) == monthNames[i:i+3] {
			return i/3 + 1
		}
	}
	return 0
}

func isDayName(name []byte) bool {
	for i := 0; i < len(dayNames); i += 3 {
		if string(name) == dayNames[i:i+3] {
			return true
		}
	}
	return false
}

func isLongDayName(name []byte) bool {
	switch string(name) {
	case "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday":
		return true
	}
	return false
}
