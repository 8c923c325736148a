package gate

import (
	"strings"
	"testing"
)

const (
	playerHead = "GET /dir/file-0001.bin?token=0123456789abcdefghijABCDEFGHIJ-_0123456789abc&expires=1790000000 HTTP/1.1\r\n" +
		"Host: 127.0.0.1:8080\r\n\r\n"
	escapedHead = "GET /dir/Caf%C3%A9%20del%20Mar.flac?token=0123456789abcdefghijABCDEFGHIJ-_0123456789abc&expires=1790000000 HTTP/1.1\r\n" +
		"Host: 127.0.0.1:8080\r\n\r\n"
	browserHead = "GET /api/v1/tracks/0198c7b2-5f0e-7cc1-9b51-6f4d3c2b1a00/stream?token=0123456789abcdefghijABCDEFGHIJ-_0123456789abc&expires=1790000000 HTTP/1.1\r\n" +
		"Host: media.example.com\r\n" +
		"Connection: keep-alive\r\n" +
		"sec-ch-ua-platform: \"Linux\"\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n" +
		"Accept: */*\r\n" +
		"Sec-Fetch-Site: same-site\r\n" +
		"Sec-Fetch-Mode: cors\r\n" +
		"Sec-Fetch-Dest: audio\r\n" +
		"Referer: https://www.example.com/\r\n" +
		"Accept-Language: en-GB,en;q=0.9\r\n" +
		"Range: bytes=1048576-2097151\r\n" +
		"If-Range: \"9f86d081884c7d659a2feaa0c55ad015\"\r\n" +
		"\r\n"
)

func BenchmarkNext(b *testing.B) {
	f := func(name, head string) {
		b.Run(name, func(b *testing.B) {
			limits, h, buf := DefaultLimits(), Head{}, []byte(head)
			b.SetBytes(int64(len(buf)))
			b.ReportAllocs()
			for b.Loop() {
				if n, err := limits.Next(buf, 0, &h); n != len(buf) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
	f("player", playerHead)
	f("escaped", escapedHead)
	f("browser", browserHead)
}

func BenchmarkEnd(b *testing.B) {
	f := func(name, head string) {
		b.Run(name, func(b *testing.B) {
			limits, buf := DefaultLimits(), []byte(head)
			b.SetBytes(int64(len(buf)))
			b.ReportAllocs()
			for b.Loop() {
				if n, err := limits.End(buf, 0); n != len(buf) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
	f("player", playerHead)
	f("browser", browserHead)
}

func BenchmarkParse(b *testing.B) {
	f := func(name, head string) {
		b.Run(name, func(b *testing.B) {
			limits, h, buf := DefaultLimits(), Head{}, []byte(head)
			b.SetBytes(int64(len(buf)))
			b.ReportAllocs()
			for b.Loop() {
				if err := limits.Parse(buf, &h); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	f("player", playerHead)
	f("browser", browserHead)
}

// The worst a client can do: the longest head of the smallest fields, and byte by byte.
func BenchmarkWorstHead(b *testing.B) {
	limits := Limits{Target: 8192, Head: 16384, Fields: 5000}
	buf := []byte("GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("a:\r\n", 4000) + "\r\n")
	b.Run("fields", func(b *testing.B) {
		var h Head
		b.SetBytes(int64(len(buf)))
		for b.Loop() {
			if _, err := limits.Next(buf, 0, &h); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bytewise", func(b *testing.B) {
		b.SetBytes(int64(len(buf)))
		for b.Loop() {
			for n := range len(buf) {
				if _, err := limits.End(buf[:n+1], n); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
