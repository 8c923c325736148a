package container

import (
	"bytes"
	"encoding/binary"
)

const (
	// flacInfoSize is the length of a STREAMINFO block.
	flacInfoSize = 34
	// maxFLACBlocks bounds the metadata blocks of a file.
	maxFLACBlocks = 10000
	// minFLACZeros is how many bytes of 0 at the end are no part of a frame.
	minFLACZeros = 64
)

// flacInfo is a STREAMINFO block (RFC 9639, 8.2).
type flacInfo struct {
	raw      [flacInfoSize]byte
	minBlock uint32
	maxBlock uint32 // samples of a channel in a frame
	rate     uint32 // Hz
	channels int
	bits     int
	total    int64 // samples of a channel, or 0 when it is not known
}

func parseFLACInfo(b []byte) (flacInfo, error) {
	v := flacInfo{
		raw:      [flacInfoSize]byte(b),
		minBlock: uint32(binary.BigEndian.Uint16(b)),
		maxBlock: uint32(binary.BigEndian.Uint16(b[2:])),
	}
	x := binary.BigEndian.Uint64(b[10:])
	v.rate = uint32(x >> 44)
	v.channels = int(x>>41&7) + 1
	v.bits = int(x>>36&31) + 1
	v.total = int64(x & (1<<36 - 1))
	switch {
	case v.rate == 0:
		return v, broken("its STREAMINFO gives a sample rate of 0")
	case v.bits < 4:
		return v, broken("its STREAMINFO gives %d bits a sample", v.bits)
	case v.maxBlock < 16 || v.minBlock > v.maxBlock:
		return v, broken("its STREAMINFO gives block sizes from %d to %d", v.minBlock, v.maxBlock)
	}
	return v, nil
}

// most is as many bytes as a sensible encoder would make of a block of samples.
func (v *flacInfo) most(block uint32) int64 {
	return 2*(int64(block)*int64(v.channels)*int64(v.bits+1)/8) + 1024
}

// readFLACMetadata reads the blocks behind the marker at off (RFC 9639, 8):
// STREAMINFO, the comment that tells the speakers apart, and where the frames
// begin.
func readFLACMetadata(w *window, off int64) (info flacInfo, mask []byte, frames int64, err error) {
	off += 4
	for n := 0; ; n++ {
		b := w.at(off, 4)
		if b == nil {
			return info, nil, 0, broken("it ends in its metadata")
		}
		if n == maxFLACBlocks {
			return info, nil, 0, broken("it has more than %d metadata blocks", n)
		}
		last, kind := b[0]&0x80 != 0, b[0]&0x7f
		size := int64(b[1])<<16 | int64(b[2])<<8 | int64(b[3])
		off += 4
		switch {
		case n == 0:
			b := w.at(off, flacInfoSize)
			if kind != 0 || size != flacInfoSize || b == nil {
				return info, nil, 0, broken("its first metadata block is no STREAMINFO")
			}
			if info, err = parseFLACInfo(b); err != nil {
				return info, nil, 0, err
			}
		case kind == 0x7f:
			return info, nil, 0, broken("metadata block %d is of a forbidden type", n)
		case kind == 4 && info.channels > 2 && mask == nil:
			mask = flacChannelMask(w, off, size)
		}
		if off += size; off > w.size {
			return info, nil, 0, broken("it ends in its metadata")
		}
		if last {
			return info, mask, off, nil
		}
	}
}

// flacChannelMask is the comment WAVEFORMATEXTENSIBLE_CHANNEL_MASK of the Vorbis
// comment block at off, or nil (RFC 9639, 8.6.2). It says which speakers the
// channels are for where they are not the usual ones.
func flacChannelMask(w *window, off, size int64) []byte {
	const name = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK="
	end := min(off+size, w.size)
	length := func() (int64, bool) {
		if end-off < 4 {
			return 0, false
		}
		b := w.at(off, 4)
		if b == nil {
			return 0, false
		}
		off += 4
		return int64(binary.LittleEndian.Uint32(b)), true
	}
	vendor, ok := length()
	if !ok || vendor > end-off {
		return nil
	}
	off += vendor
	count, ok := length()
	for ; ok && count > 0 && end-off >= 4; count-- {
		n, got := length()
		if !got || n > end-off {
			return nil
		}
		if int64(len(name)) < n && n <= 64 {
			if b := w.at(off, int(n)); b != nil && bytes.EqualFold(b[:len(name)], []byte(name)) {
				return bytes.Clone(b)
			}
		}
		off += n
	}
	return nil
}

// entry is the sample entry: STREAMINFO, and the comment about the speakers if
// there is one; all other metadata stays in the file, for it may be megabytes
// (Xiph's FLAC in ISOBMFF, 3.3.2).
func (v *flacInfo) entry(mask []byte) []byte {
	b := []byte{0, 0, 0, 0, 0x80, 0, 0, flacInfoSize}
	b = append(b, v.raw[:]...)
	if mask != nil {
		b[4] = 0 // not the last block
		b = append(b, 0x84, 0, 0, byte(4+4+4+len(mask)))
		b = binary.LittleEndian.AppendUint32(b, 0) // no vendor
		b = binary.LittleEndian.AppendUint32(b, 1)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(mask)))
		b = append(b, mask...)
	}
	return audioEntry("fLaC", v.channels, v.bits, int(v.rate), appendBox(nil, "dfLa", b))
}

// flacInfoOf is the STREAMINFO in a sample entry that entry made.
func flacInfoOf(entry []byte) (flacInfo, error) {
	const at = 8 + 28 + 8 + 4 + 4
	if len(entry) < at+flacInfoSize {
		panic("BUG: a FLAC run without its sample entry")
	}
	return parseFLACInfo(entry[at : at+flacInfoSize])
}

// flacEnd is where what some tools put behind the frames begins: ID3v1 (128
// bytes from the end), APE, and zeros. Zeros would pass for a part of the last
// frame, for a CRC-16 of 0 remains 0 over them.
func flacEnd(w *window, start int64) int64 {
	end := w.size
	if b := w.at(end-128, 3); b != nil && string(b) == "TAG" {
		end -= 128
	}
	if b := w.at(end-32, 32); b != nil && string(b[:8]) == "APETAGEX" {
		n := int64(binary.LittleEndian.Uint32(b[12:]))
		if b[23]&0x80 != 0 {
			n += 32 // the header, which the size leaves out
		}
		if n >= 32 && end-n > start {
			end -= n
		}
	}
	if b := w.at(end-minFLACZeros, minFLACZeros); b == nil || len(bytes.Trim(b, "\x00")) > 0 {
		return max(end, start)
	}
	for stop := max(start, end-maxFLACJunk); end > stop; {
		n := min(windowSize, end-stop)
		b := bytes.TrimRight(w.at(end-n, int(n)), "\x00")
		if end -= n - int64(len(b)); len(b) > 0 {
			end += 2 // the last CRC-16 may end in zeros as well
			break
		}
	}
	return max(end, start)
}
